// Compiles a CQL library to ELM: node compile.mjs LIBRARY.cql LIBRARY.elm.json
// Needs @cqframework/cql and, for the model of FHIR 4.0.1, cql-exec-fhir (npm install), found from the working folder.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const models = join(dirname(require.resolve("cql-exec-fhir")), "modelInfos");
const compiler = join(dirname(models), "..", "..", "@cqframework", "cql");
const load = (name) => import(pathToFileURL(join(compiler, name)));
const cql = await load("cql-to-elm.mjs");
const { SystemModelInfoProvider } = await load("cql.mjs");
const model = readFileSync(join(models, "fhir-modelinfo-4.0.1.xml"), "utf8");
const manager = new cql.ModelManager();
manager.modelInfoLoader.registerModelInfoProvider(
  cql.createModelInfoProvider((id, system, version) =>
    id === "FHIR" && version === "4.0.1" ? cql.stringAsSource(model) : null,
  ),
);
manager.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
const libraries = new cql.LibraryManager(manager);
libraries.librarySourceLoader.registerProvider(
  cql.createLibrarySourceProvider((id) => {
    try {
      return cql.stringAsSource(readFileSync(join(dirname(process.argv[2]), `${id}.cql`), "utf8"));
    } catch {
      return null;
    }
  }),
);
const translator = cql.CqlTranslator.fromText(readFileSync(process.argv[2], "utf8"), libraries);
const written = JSON.parse(translator.toJson());
const wrong = (written.library.annotation || []).filter((one) => one.errorSeverity === "error");
if (wrong.length) {
  for (const one of wrong) console.error(`line ${one.startLine}: ${one.message}`);
  process.exit(1);
}
const dropped = new Set(["annotation", "locator", "localId"]); // say where in the text something was
const { annotation } = written.library;
const bare = JSON.parse(JSON.stringify(written, (key, value) => (dropped.has(key) ? undefined : value)));
bare.library.annotation = annotation.filter((one) => one.type === "CqlToElmInfo");
writeFileSync(process.argv[3], JSON.stringify(bare) + "\n"); // the compiler itself writes to the output
