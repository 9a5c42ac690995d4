import type { Client, ClientChannel } from "ssh2";

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** When the server refuses this variable: true gives up, false goes on. */
  readonly required: boolean;
  onRefused(): void;
}

/** Parts of ssh2 that its types leave out. */
interface Internals {
  _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  _chanMgr: { _channels: Record<string, Channel> };
}

interface Channel {
  outgoing?: { id: number };
  _callbacks: ((failed: boolean | Error) => void)[];
}

/**
 * Runs a command after each variable was accepted, and `use` at once when it began: its exit may be in the same packet. ssh2 sends variables without asking whether the server took them,
 * and that is what decides here: most servers take none.
 */
export function execWithEnvironment<T>(
  client: Client,
  command: string,
  variables: Variable[],
  use: (channel: ClientChannel) => Promise<T>,
): Promise<T> {
  const protocol = (client as unknown as Internals)._protocol;
  const exec = protocol.exec.bind(protocol);
  protocol.exec = (id) => {
    const channel = channelOf(client, id);
    const next = (rest: Variable[]): void => {
      const [variable, ...others] = rest;
      if (variable === undefined) return exec(id, command, true);
      channel._callbacks.unshift((failed) => {
        if (failed) variable.onRefused();
        if (failed && variable.required) channel._callbacks.shift()?.(refused(variable.name));
        else next(others);
      });
      protocol.env(id, variable.name, variable.value, true);
    };
    next(variables);
  };
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(use(channel))));
  });
}

function channelOf(client: Client, id: number): Channel {
  const channels = Object.values((client as unknown as Internals)._chanMgr._channels);
  const channel = channels.find(({ outgoing }) => outgoing?.id === id);
  if (channel === undefined) throw new Error("ssh2 has no channel for the command");
  return channel;
}

function refused(name: string): Error {
  return new Error(`could not set environment variable "${name}": ssh: setenv failed`);
}
