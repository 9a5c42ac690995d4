# Compares two unit files as compare_units of switch-to-configuration-ng does: equal, restart or reload.
# Usage: awk -f compare-units.awk OLD NEW. Not modelled: drop-ins, quoting, continued lines.
function parse(file, into,    line, section, key, value, at) {
  section = ""
  while ((getline line < file) > 0) {
    sub(/^[ \t]+/, "", line)
    if (line == "" || line ~ /^[#;]/) continue
    if (line ~ /^\[.*\]$/) { section = substr(line, 2, length(line) - 2); continue }
    at = index(line, "=")
    if (!at || section == "Install") continue
    key = section SUBSEP substr(line, 1, at - 1)
    value = substr(line, at + 1)
    into[key] = value == "" ? "" : into[key] value "\n"
  }
  close(file)
}
function ignored(key) { return key in ignore }
BEGIN {
  n = split("Description Documentation OnFailure OnSuccess OnFailureJobMode IgnoreOnIsolate StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate CollectMode SourcePath", names, " ")
  for (i = 1; i <= n; i++) ignore["Unit" SUBSEP names[i]]
  reload = "Unit" SUBSEP "X-Reload-Triggers"
  options = "Mount" SUBSEP "Options"
  parse(ARGV[1], old)
  parse(ARGV[2], new)
  result = "equal"
  for (key in old) {
    if (ignored(key) || (key in new && old[key] == new[key])) continue
    if (key == reload) { if (key in new) result = "reload"; continue }
    if (key == options && key in new) { result = "reload"; continue }
    print "restart"
    exit
  }
  for (key in new) {
    if (key in old || ignored(key)) continue
    if (key == reload) { result = "reload"; continue }
    print "restart"
    exit
  }
  print result
}
