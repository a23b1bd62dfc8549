// Evaluates the first of several ELM libraries on the record of one patient by cql-execution: reads
// {"libraries": [...], "record": Bundle} and writes the results of its definitions by their names.
const cql = require("cql-execution");
const fhir = require("cql-exec-fhir");

const { libraries, record } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const library = new cql.Library(libraries[0], new cql.Repository(Object.assign({}, libraries)));
const source = fhir.PatientSource.FHIRv401();
source.loadBundles([record]);
new cql.Executor(library, new cql.CodeService({})).exec(source).then((found) => {
  const [results] = Object.values(found.patientResults);
  const shown = Object.entries(results).map(([name, value]) => [name, value === null ? null : String(value)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(shown)));
});
