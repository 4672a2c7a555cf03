# Reads a test runner's output and prints "PASSED FAILED" from the summary at its end; exit code 1
# when there is none. `format` names the runner: nextest, libtest, vitest, playwright.

{ gsub(/\033\[[0-9;]*[A-Za-z]/, "") }

# Summary [   1.2s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped
format == "nextest" && /^ *Summary \[.*tests? run:/ {
    found = 1; passed = failed = 0
    sub(/^.*tests? run: */, ""); gsub(/\([^)]*\)/, "")
    add_parts($0, ",")
}

# test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
format == "libtest" && /^test result: / {
    found = 1
    sub(/^test result: [A-Za-z]+\. */, "")
    add_parts($0, ";")
}

#       Tests  1 failed | 11 passed (12)
format == "vitest" && /^ *Tests +[0-9]/ {
    found = 1; passed = failed = 0
    sub(/^ *Tests */, ""); sub(/\([0-9]+\).*$/, "")
    add_parts($0, "[|]")
}

#   1 failed
#   4 passed (5.3s)
format == "playwright" && /^ +[0-9]+ (passed|failed|flaky|interrupted|did not run)( |$)/ {
    found = 1
    add_parts($0, ",")
}

function add_parts(text, separator,    parts, count, i, number, word) {
    count = split(text, parts, separator)
    for (i = 1; i <= count; i++) {
        if (!match(parts[i], /[0-9]+ +[a-z].*/)) continue
        number = parts[i]; sub(/^[^0-9]*/, "", number)
        word = number; sub(/^[0-9]+ +/, "", word); sub(/ *(\(.*)?$/, "", word)
        if (word == "passed" || word == "flaky") passed += number + 0
        else if (word !~ /^(skipped|ignored|measured|filtered out|todo|finished in.*)$/) failed += number + 0
    }
}

END {
    if (!found) exit 1
    print passed + 0, failed + 0
}
