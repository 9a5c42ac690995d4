/** The permission that a credential needs, in GitHub's words. */
export function neededPermission(scope: string): string {
  if (scope.startsWith("repos/"))
    return `the permission Administration (read and write) on ${scope.slice(6)}, or a classic token the scope repo`;
  if (scope.startsWith("orgs/"))
    return `the organisation permission Self-hosted runners (read and write) on ${scope.slice(5)}, or a classic token the scope admin:org`;
  return `a classic token with the scope manage_runners:enterprise on ${scope.slice(12)}`;
}
