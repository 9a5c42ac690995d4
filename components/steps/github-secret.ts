import { PhaseError } from "../protocol/phase-error.js";

/** @throws PhaseError when the stack has no credential for GitHub */
export function gitHubSecret(githubToken: string | undefined): string {
  if (githubToken) return githubToken;
  throw new PhaseError(
    "runner",
    "the stack has no githubToken: pulumi config set --secret pi-fleet:githubToken",
  );
}
