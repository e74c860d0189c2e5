package judge;

import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges FHIR R4 resources with the HAPI validator, offline, in one process.
 *
 * <p>usage: Main [--defs FOLDER]… [--good FOLDER]… [--bad FOLDER]…
 *
 * <p>Every file in a good folder must be without errors, every file in a bad one must have some. Exit 0 only then.
 */
public final class Main {
    private final List<Path> definitions = new ArrayList<>();
    private final List<Path> good = new ArrayList<>();
    private final List<Path> bad = new ArrayList<>();
    private int wrong;

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.read(args);
        Judge judge = new Judge(main.definitions);
        for (Path file : main.good) {
            main.expect(judge, file, true);
        }
        for (Path file : main.bad) {
            main.expect(judge, file, false);
        }
        System.out.printf("HAPI 8.8.1: %d good resources without errors and %d bad ones refused were expected; %d were not so%n",
            main.good.size(), main.bad.size(), main.wrong);
        System.exit(main.wrong == 0 ? 0 : 1);
    }

    private void read(String[] args) throws Exception {
        for (int i = 0; i + 1 < args.length; i += 2) {
            String value = args[i + 1];
            switch (args[i]) {
                case "--defs" -> definitions.add(Path.of(value));
                case "--good" -> good.addAll(jsonFiles(Path.of(value)));
                case "--bad" -> bad.addAll(jsonFiles(Path.of(value)));
                default -> throw new IllegalArgumentException(args[i]);
            }
        }
        if (good.isEmpty() && bad.isEmpty()) {
            throw new IllegalArgumentException("nothing to judge");
        }
    }

    static List<Path> jsonFiles(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().collect(Collectors.toList());
        }
    }

    private void expect(Judge judge, Path file, boolean clean) throws Exception {
        String text = Files.readString(file);
        List<SingleValidationMessage> errors = new ArrayList<>();
        for (SingleValidationMessage message : judge.messages(text)) {
            if (message.getSeverity() == ResultSeverityEnum.ERROR || message.getSeverity() == ResultSeverityEnum.FATAL) {
                errors.add(message);
            }
        }
        if (errors.isEmpty() == clean) {
            return;
        }
        wrong++;
        System.out.printf("WRONG %s: %d errors%n", file, errors.size());
        errors.forEach(error -> System.out.printf("    %s: %s%n", error.getLocationString(), error.getMessage()));
    }
}
