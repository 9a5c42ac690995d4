import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { decode, encode } from "dns-packet";
import { boardNames } from "../../../../components/config/boards.js";
import { boardAdvice } from "../../../../components/by-hand/doctor/board-advice.js";
import { examineByHand } from "../../../../components/by-hand/doctor/doctor.js";
import { report } from "../../../../components/by-hand/doctor/finding.js";
import { wrongKey } from "../../../../components/by-hand/doctor/host-key.js";
import { addressesIn, askMdns } from "../../../../components/by-hand/doctor/mdns.js";
import { networkFindings, type NetworkSight } from "../../../../components/by-hand/doctor/network.js";
import type { Access } from "../../../../components/protocol/access.js";
import { greetingOf } from "../../../../components/ssh/greeting.js";
import { fingerprint } from "../../../../components/ssh/public-key.js";
import { SshServer } from "../../../conformance/ssh-server.js";
import { Recorder } from "../../recorder.js";
import { saidBy } from "../said-by.js";
import { piAccess, wellText } from "./seen.js";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

describe("a Pi that ssh does not get through to", () => {
  const way = { host: "lab-a.local", port: 22, isProxied: false };
  const cases: [what: string, sight: NetworkSight, told: RegExp][] = [
    [
      "is behind a jump host, which is not looked behind",
      { way: { ...way, isProxied: true } },
      /^wrong {2}network: ssh gets to it by a jump host .* says: Connection closed\. Try ssh -v lab-a\.local yourself/,
    ],
    [
      "has no name in the DNS",
      { way: { ...way, host: "pi.lan" }, found: [] },
      /^wrong {2}network: no address is found for pi\.lan\. See whether your DNS/,
    ],
    [
      "is nowhere on this network",
      { way, found: [], byMdns: [] },
      /^wrong {2}network: nobody on this network answers to lab-a\.local \(mDNS\).*list of leases/,
    ],
    [
      "answers by mDNS alone",
      { way, found: [], byMdns: ["10.0.0.7"], greeting: { kind: "greeted", line: "SSH-2.0-OpenSSH_10.2" } },
      /^wrong {2}network: lab-a\.local answers the local network as 10\.0\.0\.7, but this machine .*nss-mdns.*set hosts\.lab-a\.address to 10\.0\.0\.7\.\nok {5}network \(10\.0\.0\.7 port 22, SSH-2\.0-OpenSSH_10\.2\)$/,
    ],
    [
      "has no sshd yet",
      { way, found: ["10.0.0.7"], greeting: { kind: "refused" } },
      /^wrong {2}network: a machine is at 10\.0\.0\.7, and nothing listens at port 22\. It is still booting/,
    ],
    [
      "does not answer",
      { way, found: ["10.0.0.7"], greeting: { kind: "nobody", why: "EHOSTUNREACH" } },
      /^wrong {2}network: nobody answers at 10\.0\.0\.7 port 22 \(EHOSTUNREACH\)/,
    ],
    [
      "says nothing",
      { way, found: ["10.0.0.7"], greeting: { kind: "silent" } },
      /^wrong {2}network: something listens at 10\.0\.0\.7 port 22 and says nothing/,
    ],
    [
      "is another machine",
      { way, found: ["10.0.0.7"], greeting: { kind: "greeted", line: "HTTP/1.1 400" } },
      /^wrong {2}network: .* is no ssh server: it says HTTP\/1\.1 400/,
    ],
    [
      "has another card in it",
      { way, found: ["10.0.0.7"], greeting: { kind: "greeted", line: "SSH-2.0-OpenSSH_9.2p1 Raspbian-2" } },
      /^note {3}network: .* is of Raspbian .*Another card is in the Pi/,
    ],
    [
      "has its old port still",
      {
        way: { ...way, port: 8023 },
        found: ["10.0.0.7"],
        greeting: { kind: "refused" },
        atPort22: { kind: "greeted", line: "SSH-2.0-OpenSSH_10.2" },
      },
      /nothing listens at port 8023.*\nnote {3}network: at port 22 something says SSH-2\.0-OpenSSH_10\.2\. If that is the Pi/,
    ],
  ];
  cases.push([
    "has another address now",
    {
      way: { ...way, host: "10.0.0.7" },
      greeting: { kind: "nobody", why: "EHOSTUNREACH" },
      elsewhere: ["10.0.0.9"],
    },
    /\nnote {3}network: lab-a\.local is 10\.0\.0\.9 on this network \(mDNS\)\. If its address has changed, set hosts\.lab-a\.address/,
  ]);
  for (const [what, sight, told] of cases)
    it(what, () =>
      match(report(networkFindings(piAccess("lab-a").target, sight, "Connection closed")), told),
    );
});

describe("what a port says first", () => {
  let server: Server;
  const listen = async (serve: (socket: Socket) => void) => {
    server = createServer(serve).listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  afterEach(() => void server?.close());

  it("is ssh's greeting, without what can't be printed", async () => {
    const port = await listen((socket) => socket.end("SSH-2.0-x\x1b[31m\r\nrest"));
    deepEqual(await greetingOf("127.0.0.1", port, 5), { kind: "greeted", line: "SSH-2.0-x?[31m" });
  });

  it("is nothing, from what only listens and from what hangs up", async () => {
    const port = await listen((socket) => void setTimeout(() => socket.destroy(), 2000).unref());
    deepEqual(await greetingOf("127.0.0.1", port, 0.3), { kind: "silent" });
    server.close();
    const other = await listen((socket) => socket.end());
    deepEqual(await greetingOf("127.0.0.1", other, 5), { kind: "silent" });
  });

  it("is a refusal where nothing listens", async () => {
    const port = await listen(() => {});
    server.close();
    await once(server, "close");
    deepEqual(await greetingOf("127.0.0.1", port, 5), { kind: "refused" });
  });
});

describe("a .local name", () => {
  const answer = (name: string, data: string) =>
    encode({ type: "response", answers: [{ type: "A", name, data, ttl: 120 }] });

  it("is found by asking the local network itself", async () => {
    const responder = createSocket("udp4");
    responder.on("message", (query, { address, port }) => {
      const [question] = decode(query).questions ?? [];
      if (question) responder.send(answer(question.name, "10.77.0.11"), port, address);
    });
    responder.bind(0, "127.0.0.1");
    await once(responder, "listening");
    const { address, port } = responder.address();
    deepEqual(await askMdns("lab-a.local", 5, { address, port }), ["10.77.0.11"]);
    responder.removeAllListeners("message");
    deepEqual(await askMdns("lab-a.local", 0.2, { address, port }), []);
    responder.close();
  });

  it("has only addresses that are its own", () => {
    deepEqual(addressesIn(answer("LAB-A.local", "10.0.0.1"), "lab-a.local"), ["10.0.0.1"]);
    deepEqual(addressesIn(answer("lab-b.local", "10.0.0.1"), "lab-a.local"), []);
    for (const bytes of ["", "x", "\0".repeat(11), "\xff".repeat(40)])
      deepEqual(addressesIn(Buffer.from(bytes, "latin1"), "lab-a.local"), []);
  });
});

describe("a Pi with a wrong host key", () => {
  const target = { ...piAccess("lab-a").target, hostKey: "ssh-ed25519 AAAA" };

  it("is another Pi of the fleet", () => {
    const pis = {
      "lab-a": piAccess("lab-a", { hostKey: "ssh-ed25519 AAAA" }),
      "lab-b": piAccess("lab-b", { hostKey: `${key} a comment` }),
    };
    match(
      report([wrongKey(target, key, pis)]),
      /^wrong {2}host key: what answers at lab-a\.local shows the host key of lab-b, SHA256:\S+\. Either lab-b's card/,
    );
  });

  it("was flashed anew, or is nobody's", () => {
    const told = report([wrongKey(target, key, {})]);
    ok(
      told.includes(
        `it shows ${fingerprint(key)}, which is no key of this fleet; ${fingerprint("x AAAA")} was expected`,
      ),
      told,
    );
    match(told, /adopt lab-a --replace.*somebody is in between: nothing was sent to it\.$/);
  });
});

describe("what to look at where a Pi stands", () => {
  for (const board of boardNames)
    it(`of a ${board} fits that board`, () => {
      const text = boardAdvice(board).join("\n");
      const isPi = !["virtual", "x86_64"].includes(board);
      equal(/\d long, \d+ short/.test(text), isPi);
      equal(text.includes("0 long, 7 short  the kernel"), isPi);
      equal(/start4\.elf is missing/.test(text), board === "pi4");
      equal(/\bstart\.elf is missing/.test(text), ["pi2", "pi3", "zero2w"].includes(board));
      equal(/RP1/.test(text), board === "pi5");
      equal(/EEPROM is damaged/.test(text), ["pi4", "pi5"].includes(board));
      equal(/Ethernet/.test(text), isPi && board !== "zero2w");
      equal(/U-Boot prompt/.test(text), isPi);
      const codes = [...text.matchAll(/\d long, \d+ short/g)].map(([code]) => code);
      equal(new Set(codes).size, codes.length);
      for (const line of boardAdvice(board)) doesNotMatch(line, /undefined|NAME\.undefined/);
    });
});

describe("the doctor", function () {
  this.timeout(30_000);
  let recorder: Recorder | undefined;
  let server: SshServer | undefined;
  afterEach(async () => {
    recorder?.remove();
    await server?.stop();
    [recorder, server] = [undefined, undefined];
  });

  const outputs = { access: undefined, pis: {}, runners: {} };
  const visit = (access: Access, name = "lab-a") =>
    saidBy("/", () => examineByHand(access, access.pis[name]!, outputs));

  it("says of a Pi that is off how to read its LED, and ends with 1", async () => {
    server = await SshServer.start();
    await server.stop();
    const pi = piAccess("lab-a", { address: "127.0.0.1", port: server.port, hostKey: key });
    const { exitCode, stdout } = await visit({ deployKey: server.clientKey.private, pis: { "lab-a": pi } });
    equal(exitCode, 1);
    match(
      stdout,
      /^lab-a \(Raspberry Pi 4, 127\.0\.0\.1 port \d+\)\nwrong {2}network: a machine is at 127\.0\.0\.1, and nothing listens/,
    );
    match(stdout, /\n\nWhere lab-a stands:\nPower: .*\nLED:\n[^]*0 long, 4 short {2}start4\.elf/);
  });

  it("tells a Pi with another's host key without logging in", async () => {
    server = await SshServer.start();
    const at = { address: "127.0.0.1", port: server.port };
    const pis = {
      "lab-a": piAccess("lab-a", { ...at, hostKey: key }),
      "lab-b": piAccess("lab-b", { hostKey: server.hostKey }),
    };
    const { exitCode, stdout } = await visit({ deployKey: server.clientKey.private, pis });
    equal(exitCode, 1);
    match(stdout, /\nwrong {2}host key: what answers at 127\.0\.0\.1 shows the host key of lab-b, SHA256:/);
    doesNotMatch(stdout, /Where lab-a stands/);
  });

  it("tells a Pi that takes none of our keys, and which key was the fleet's", async () => {
    server = await SshServer.start();
    const { private: other } = (
      await SshServer.start().then(async (another) => (await another.stop(), another))
    ).clientKey;
    const pi = piAccess("lab-a", { address: "127.0.0.1", port: server.port, hostKey: server.hostKey });
    const { exitCode, stdout } = await visit({ deployKey: other, pis: { "lab-a": pi } });
    equal(exitCode, 1);
    match(
      stdout,
      /\nwrong {2}login: it takes neither the fleet's deploy key \(SHA256:\S+\) nor your own keys for pi\. .*authorized_keys\.d\/pi begins with a type/,
    );
    match(stdout, /\nok {5}network \(127\.0\.0\.1 port \d+, SSH-2\.0-ssh2js/);
  });

  it("does not take a Pi that examines nothing for one that is well", async () => {
    recorder = new Recorder(["ssh"]);
    recorder.answer("ssh", { when: "exec cat", stdout: "connected\n" });
    recorder.answer("ssh", { when: "timeout 60", exitCode: 127, stderr: "sh: timeout: not found\n" });
    recorder.answer("ssh", {
      when: "sh -s",
      stdout: "current=/nix/store/a\nprofile=/nix/store/a\nmachine=m\n",
    });
    const pi = piAccess("lab-a", { hostKey: key });
    const { clientKey } = (server = await SshServer.start());
    const { exitCode, stdout } = await visit({ deployKey: clientKey.private, pis: { "lab-a": pi } });
    equal(exitCode, 1, stdout);
    match(stdout, /wrong {2}system: it does not end its own examination: sh: timeout: not found\. Its card/);
    doesNotMatch(stdout, /can't become root/);
  });

  it("ends with 0 and few words when all is well", async () => {
    recorder = new Recorder(["ssh"]);
    const status =
      "current=/nix/store/a\nprofile=/nix/store/a\nmachine=m\nrecord.id=i\nrecord.system=/nix/store/a\nrecord.machine=m\n";
    recorder.answer("ssh", { when: "exec cat", stdout: "connected\n" });
    recorder.answer("ssh", {
      when: "timeout 60",
      stdout: `${wellText}clock=${Math.floor(Date.now() / 1000)}\nend=yes\n`,
    });
    recorder.answer("ssh", { when: "sh -s", stdout: status });
    const pi = piAccess("lab-a", { hostKey: key });
    const { clientKey } = (server = await SshServer.start());
    const { exitCode, stdout } = await visit({ deployKey: clientKey.private, pis: { "lab-a": pi } });
    equal(exitCode, 0, stdout);
    equal(stdout.split("\n").length, 2, stdout);
    match(
      stdout,
      /^lab-a \(Raspberry Pi 4, lab-a\.local port 22\)\nok {5}login \(pi@lab-a\.local port 22 with the fleet's deploy key\), first boot \(consumed\), /,
    );
    // The script comes on stdin, so that it is in no argv.
    const examined = recorder.calls().find(({ argv }) => argv.at(-1)?.includes("timeout 60"));
    match(examined?.argv.at(-1) ?? "", /limit="sudo -n \$limit"/);
    match(examined?.stdin ?? "", /^#!\/bin\/sh\n# Tells what may ail this host/);
  });
});
