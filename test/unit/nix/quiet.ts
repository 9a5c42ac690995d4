/** Keeps the progress that the tests of a `describe` cause off the terminal. */
export function quiet(): void {
  const write = process.stderr.write.bind(process.stderr);
  before(() => (process.stderr.write = () => true));
  after(() => (process.stderr.write = write));
}
