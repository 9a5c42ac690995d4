/**
 * Ends this process when the one that started it is gone. The command provider kills only its shell when a run is
 * cancelled, and a killed engine kills nobody: without this, builds and copies would go on unseen. Children go with
 * the process (execa's `cleanup`). A Pi in the middle of an activation is not confirmed and returns by itself.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.exit(129);
  }, 500);
  timer.unref();
}
