# Reads the attributes of a structured derivation and writes what its exportReferencesGraph has.
BEGIN { RS = "{" }

function value(key) {
  if (!match($0, "\"" key "\":\"?[^\",}]*")) return ""
  found = substr($0, RSTART, RLENGTH)
  sub(/^"[^"]*":"?/, "", found)
  return found
}

/"narHash":/ {
  match($0, /"references":\[[^\]]*\]/)
  list = substr($0, RSTART + 14, RLENGTH - 15)
  gsub(/"/, "", list)
  count = split(list, references, ",")
  path = value("path")
  print path > (out "/store-paths")
  printf "%s\n%s\n%s\n\n%d\n", path, value("narHash"), value("narSize"), count > (out "/registration")
  for (n = 1; n <= count; n++) print references[n] > (out "/registration")
}
