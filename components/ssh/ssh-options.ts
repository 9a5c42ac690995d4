/** Options of ssh_config(5) as arguments of ssh: `-o KEY=VALUE` for each. */
export function sshOptions(options: readonly string[]): string[] {
  return options.flatMap((option) => ["-o", option]);
}
