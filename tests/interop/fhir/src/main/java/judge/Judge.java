package judge;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;

/** The validator with our code lists. A vital sign is held to its R4 profile whether or not it claims to follow it. */
final class Judge {
    private static final String PROFILES = "http://hl7.org/fhir/StructureDefinition/";
    private static final Map<String, String> VITAL_SIGNS = Map.of("8867-4", "heartrate", "2708-6", "oxygensat", "59408-5", "oxygensat",
        "85354-9", "bp", "8480-6", "vitalsigns", "8462-4", "vitalsigns", "8310-5", "bodytemp");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final FhirContext context = FhirContext.forR4();
    private final FhirValidator validator;

    Judge(List<Path> definitions) throws Exception {
        PrePopulatedValidationSupport ours = new PrePopulatedValidationSupport(context);
        for (Path folder : definitions) {
            for (Path file : Main.jsonFiles(folder)) {
                add(ours, file);
            }
        }
        // Code systems that nobody gave us are a warning; those we listed are complete, so that a code outside is an error.
        UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
        unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
        FhirInstanceValidator module = new FhirInstanceValidator(new ValidationSupportChain(ours,
            new DefaultProfileValidationSupport(context), new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context), new SnapshotGeneratingValidationSupport(context), unknown));
        module.setAnyExtensionsAllowed(true);
        module.setErrorForUnknownProfiles(true);
        // Without it a reference to the wrong type of resource passes.
        module.setAssumeValidRestReferences(true);
        validator = context.newValidator().registerValidatorModule(module);
    }

    private void add(PrePopulatedValidationSupport ours, Path file) throws Exception {
        String name = file.getFileName().toString();
        if (!name.startsWith("StructureDefinition-") && !name.startsWith("ValueSet-") && !name.startsWith("CodeSystem-")) {
            return;
        }
        // This version does not find core definitions by their versioned names.
        IBaseResource resource = context.newJsonParser().parseResource(Files.readString(file).replace("|4.0.1\"", "\""));
        if (resource instanceof StructureDefinition) {
            ours.addStructureDefinition(resource);
        } else if (resource instanceof ValueSet) {
            ours.addValueSet(resource);
        } else if (resource instanceof CodeSystem) {
            ours.addCodeSystem(resource);
        }
    }

    List<SingleValidationMessage> messages(String text) {
        ValidationOptions options = new ValidationOptions();
        JsonNode resource = parsed(text);
        if ("Observation".equals(resource.path("resourceType").asText())) {
            for (JsonNode coding : resource.path("code").path("coding")) {
                String profile = VITAL_SIGNS.get(coding.path("code").asText());
                if (profile != null && "http://loinc.org".equals(coding.path("system").asText())) {
                    options.addProfile(PROFILES + profile);
                }
            }
        }
        return validator.validateWithResult(text, options).getMessages();
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (Exception e) {
            // The validator says what is wrong with it.
            return JSON.createObjectNode();
        }
    }
}
