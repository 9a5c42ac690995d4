/**
 * How long a way back may take on the Pi (on-pi/activate/way-back.sh): as long as an activation, and some seconds for each of its
 * parts. When it hangs it is killed and begun once more.
 */
export function wayBackSeconds(activate: number): number {
  return activate * 2 + 120;
}
