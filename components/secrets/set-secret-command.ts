/** The command that sets a stack secret. */
export function setSecretCommand(name: string): string {
  return `pulumi config set --secret --path 'pi-fleet:secrets.${name}'`;
}
