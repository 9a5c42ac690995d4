import { good, itRefuses } from "./refusals.js";

describe("the config of a fleet", () => {
  itRefuses({
    "no Pi at all, which would remove them": [{ ...good, hosts: {} }, /hosts: names no Pi, .*pulumi destroy/],
  });
});
