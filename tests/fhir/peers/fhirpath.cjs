// Evaluates expressions by the library fhirpath: reads [[resource, expression], ...] and writes a list of results.
const fhirpath = require("fhirpath");
const r4 = require("fhirpath/fhir-context/r4");

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = asked.map(([resource, expression]) => {
  try {
    return { values: fhirpath.evaluate(resource, expression, { resource, rootResource: resource }, r4, { traceFn: () => {} }) };
  } catch (wrong) {
    return { wrong: String(wrong.message || wrong) };
  }
});
process.stdout.write(JSON.stringify(answers));
