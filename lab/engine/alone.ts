/**
 * Before a command: its mounts and processes go with its namespaces, and those go with us, even when we are killed.
 */
export const alone: readonly string[] =
  "setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc".split(" ");
