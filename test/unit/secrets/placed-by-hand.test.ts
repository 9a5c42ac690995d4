import { deepEqual, equal, match } from "node:assert/strict";
import { placedByHandRemark } from "../../../components/secrets/placed-by-hand.js";
import { delivery, parse, wifi } from "./stack-secrets.js";

describe("secrets", () => {
  it("that the stack does not have are files which a person put on the Pi: kept, and said", () => {
    const { files, keep } = delivery(wifi, {});
    deepEqual([files, keep], [[], ["wireless.conf"]]);
    const { fleet } = parse({ a: wifi });
    match(
      placedByHandRemark(fleet.hosts["a"]!, []) ?? "",
      /wireless\.conf must be on the Pi already: .*psk_workshop, home \(pulumi config set --secret --path/,
    );
    equal(placedByHandRemark(fleet.hosts["a"]!, ["psk_workshop", "home"]), undefined);
    const elsewhere = { network: { tailscale: { authKeyFile: "/root/key" } } };
    deepEqual(delivery(elsewhere, { tailscale: "x" }).files, []);
  });
});
