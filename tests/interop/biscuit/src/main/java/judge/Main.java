package judge;

import biscuit.format.schema.Schema;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.biscuitsec.biscuit.crypto.PublicKey;
import org.biscuitsec.biscuit.datalog.RunLimits;
import org.biscuitsec.biscuit.token.Authorizer;
import org.biscuitsec.biscuit.token.Biscuit;
import org.biscuitsec.biscuit.token.builder.Block;

/**
 * Judges grants with biscuit-java, the second implementation of Biscuit, and narrows one for our side. usage: Main SAMPLES
 *
 * <p>Our node checks the authority's facts in Rust and runs Datalog only for attenuations; here the whole grant is one policy.
 */
public final class Main {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RunLimits LIMITS = new RunLimits(256, 16, Duration.ofSeconds(20));
    private static final String POLICY = "allow if right($action, $label), action($action), label($label), "
        + "purposes($purposes), purpose($purpose), $purposes.contains($purpose), expires($end), now($now), $now < $end";

    private final JsonNode given;
    private final PublicKey consent;
    private int answers;
    private int refused;

    private Main(JsonNode given) throws Exception {
        this.given = given;
        this.consent = key(given.get("consent_key"));
    }

    public static void main(String[] args) throws Exception {
        Path samples = Path.of(args[0]);
        Main judge = new Main(JSON.readTree(samples.resolve("grants.json").toFile()));
        for (JsonNode token : judge.given.get("tokens")) {
            judge.judge(token);
        }
        ArrayNode narrowed = judge.narrow();
        JSON.writerWithDefaultPrettyPrinter().writeValue(samples.resolve("grants-java.json").toFile(), narrowed);
        System.out.printf("biscuit-java reads %d tokens, agrees on %d answers, refuses %d forged tokens, narrowed %d; "
            + "no array, map or null in any%n", judge.given.get("tokens").size(), judge.answers, judge.refused, narrowed.size());
    }

    private static PublicKey key(JsonNode base64) {
        return new PublicKey(Schema.PublicKey.Algorithm.Ed25519, raw(base64));
    }

    private static byte[] raw(JsonNode base64) {
        return Base64.getDecoder().decode(base64.asText());
    }

    private void judge(JsonNode token) throws Exception {
        byte[] bytes = raw(token.get("bytes"));
        checkOldDatalog(token.get("name").asText(), bytes);
        Biscuit biscuit = Biscuit.from_bytes(bytes, consent);
        for (JsonNode question : token.get("questions")) {
            boolean allowed = authorizes(biscuit, question);
            demand(allowed == question.get("allowed").asBoolean(), token.get("name") + " " + question + ": " + allowed);
            answers++;
        }
        demand(!opens(bytes, key(given.get("other_key"))), "verified with another consent key");
        refused++;
        for (int at = 8; at < bytes.length; at += 7) {
            byte[] forged = bytes.clone();
            forged[at] ^= 1;
            if (!opens(forged, consent)) {
                refused++;
            } else {
                // The root key id is a hint that no signature covers; whatever else opens must say the same.
                demand(sameBlocks(forged, bytes), "forged at byte " + at);
            }
        }
    }

    private static boolean sameBlocks(byte[] one, byte[] other) throws Exception {
        return Schema.Biscuit.parseFrom(one).getAuthority().getBlock().equals(Schema.Biscuit.parseFrom(other).getAuthority().getBlock())
            && Schema.Biscuit.parseFrom(one).getBlocksList().equals(Schema.Biscuit.parseFrom(other).getBlocksList());
    }

    private static boolean opens(byte[] bytes, PublicKey root) {
        try {
            Biscuit.from_bytes(bytes, root);
            return true;
        } catch (Exception e) {
            return false;
        }
    }

    private static boolean authorizes(Biscuit biscuit, JsonNode question) throws Exception {
        Authorizer authorizer = biscuit.authorizer();
        authorizer.add_fact("action(\"read\")");
        authorizer.add_fact("label(" + hex(question.get("label")) + ")");
        authorizer.add_fact("purpose(\"" + question.get("purpose").asText() + "\")");
        authorizer.add_fact("now(" + Instant.ofEpochSecond(question.get("now").asLong()) + ")");
        authorizer.add_policy(POLICY);
        try {
            authorizer.authorize(LIMITS);
            return true;
        } catch (org.biscuitsec.biscuit.error.Error.FailedLogic e) {
            return false;
        }
    }

    private static String hex(JsonNode base64) {
        return "hex:" + HexFormat.of().formatHex(raw(base64));
    }

    /** Blocks are Datalog 3.0 and hold nothing that this implementation's schema has no field for: arrays, maps and null. */
    private static void checkOldDatalog(String name, byte[] bytes) throws Exception {
        Schema.Biscuit outer = Schema.Biscuit.parseFrom(bytes);
        demand(onlyKnown(outer), name + ": an unknown field outside the blocks");
        var blocks = new java.util.ArrayList<>(List.of(outer.getAuthority()));
        blocks.addAll(outer.getBlocksList());
        for (Schema.SignedBlock signed : blocks) {
            Schema.Block block = Schema.Block.parseFrom(signed.getBlock());
            demand(block.getVersion() == 3, name + ": block version " + block.getVersion());
            demand(onlyKnown(block), name + ": a term that Datalog 3.0 does not have");
        }
    }

    private static boolean onlyKnown(Message message) {
        if (!message.getUnknownFields().asMap().isEmpty()) {
            return false;
        }
        for (Object value : message.getAllFields().values()) {
            for (Object item : value instanceof List<?> list ? list : List.of(value)) {
                if (item instanceof Message inner && !onlyKnown(inner)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Attenuations made here, with what our side must then allow. */
    private ArrayNode narrow() throws Exception {
        String label = hex(given.get("narrow_to"));
        Instant soon = Instant.ofEpochSecond(given.get("now").asLong() + 600);
        ArrayNode made = JSON.createArrayNode();
        String[][] blocks = {
            {"check if label(" + label + ")"},
            {"check if label($l), [" + label + "].contains($l)", "check if purpose(\"TREAT\")", "check if now($t), $t < " + soon},
        };
        for (String[] checks : blocks) {
            Block block = new Block();
            for (String check : checks) {
                block.add_check(check);
            }
            Biscuit minted = Biscuit.from_bytes(raw(given.get("tokens").get(0).get("bytes")), consent);
            made.add(narrowed(minted.attenuate(block).serialize(), checks.length > 1));
        }
        return made;
    }

    private ObjectNode narrowed(byte[] token, boolean more) throws Exception {
        checkOldDatalog("narrowed here", token);
        ObjectNode made = JSON.createObjectNode();
        made.put("bytes", Base64.getEncoder().encodeToString(token));
        made.set("consent_key", given.get("consent_key"));
        ArrayNode questions = made.putArray("questions");
        long now = given.get("now").asLong();
        ask(questions, "narrow_to", "TREAT", now, true);
        ask(questions, "other_label", "TREAT", now, false);
        ask(questions, "narrow_to", "ETREAT", now, !more);
        ask(questions, "narrow_to", "TREAT", now + 601, !more);
        ask(questions, "narrow_to", "HMARKT", now, false);
        return made;
    }

    private void ask(ArrayNode questions, String label, String purpose, long now, boolean allowed) throws Exception {
        ObjectNode question = questions.addObject();
        question.set("label", given.get(label));
        question.put("purpose", purpose).put("now", now).put("allowed", allowed);
    }

    private static void demand(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
