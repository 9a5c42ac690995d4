// Which folder of components/ may import from which, types included: `npm run check imports`.

/** From top to bottom: a folder imports only from those below it. Folders of one line don't import each other. */
const layers = [
  ["stack", "steps", "by-hand"],
  ["rollout"],
  ["convergence"],
  ["activation"],
  ["evaluation"],
  ["on-pi"],
  ["images"],
  ["nix"],
  ["runners"],
  ["secrets"],
  ["protocol"],
  ["config"],
  ["ssh"],
  ["shared"],
];

/** What only the Pulumi program runs, and no step and no verb by hand. */
const programOnly = ["stack", "rollout", "convergence", "evaluation"];

const inFolders = (folders) => `^components/(${folders.join("|")})/`;
const inRoot = "^components/[^/]+$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment:
        "Two files that import each other are one idea in two places, or one of them has a second idea.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...layers.flatMap((folders, level) => {
      const above = layers.slice(0, level).flat();
      return folders.map((folder) => {
        const notBelow = [...above, ...folders.filter((other) => other !== folder)];
        return {
          name: `${folder}-imports-downwards`,
          comment: `${folder} may import from itself and from: ${layers
            .slice(level + 1)
            .flat()
            .join(", ")}.`,
          severity: "error",
          from: { path: inFolders([folder]) },
          to: { path: [inRoot, ...(notBelow.length > 0 ? [inFolders(notBelow)] : [])] },
        };
      });
    }),
    {
      name: "known-folder",
      comment: "A new folder of components/ has a place in `layers`, and a line in docs/architecture.md.",
      severity: "error",
      from: {},
      to: { path: "^components/[^/]+/", pathNot: inFolders(layers.flat()) },
    },
    {
      name: "no-program-in-a-step",
      comment:
        "A step and a verb by hand are processes of their own: nothing that they load may need the Pulumi program.",
      severity: "error",
      from: { path: inFolders(["steps", "by-hand"]) },
      to: { path: [inRoot, inFolders(programOnly), "node_modules/@pulumi/"], reachable: true },
    },
    {
      name: "no-test-or-lab-in-the-product",
      comment: "components/ is what is published.",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^(test|lab|index)" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "types"],
    },
  },
};
