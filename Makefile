# SPDX-License-Identifier: MIT
# The front end: what a person types. Meson and Ninja do the work.
#
#   make run      build, start the example driver in a host of its own, talk to it, show what happened
#   make test     build and run every test: GCC, Clang with sanitizers, the release; ends with "N passed, N failed"
#   make quick    the tests of the plain build only
#   make bench    measure; a table for people, bench.json for machines
#   make install  (PREFIX=/usr/local)
#
# Missing packages are installed by tools/install-deps first.

BUILD   ?= build
PREFIX  ?= /usr/local
MESON   ?= meson
Q       ?= @

.PHONY: all deps run test quick test-asan test-tsan bench install format tidy coverage-page clean

all: $(BUILD)/build.ninja
	$(Q)ninja -C $(BUILD) $(NINJAFLAGS)

deps:
	$(Q)tools/install-deps

# One build directory a configuration; all of them share the rule that sets them up.
$(BUILD)/build.ninja: | deps
	$(Q)$(MESON) setup $(BUILD) --prefix=$(PREFIX) >$(BUILD).setup.log || (cat $(BUILD).setup.log; exit 1)

$(BUILD)-asan/build.ninja: | deps
	$(Q)CC=clang CXX=clang++ $(MESON) setup $(BUILD)-asan -Db_sanitize=address,undefined >$(BUILD)-asan.setup.log || (cat $(BUILD)-asan.setup.log; exit 1)

$(BUILD)-tsan/build.ninja: | deps
	$(Q)CC=clang CXX=clang++ $(MESON) setup $(BUILD)-tsan -Db_sanitize=thread >$(BUILD)-tsan.setup.log || (cat $(BUILD)-tsan.setup.log; exit 1)

$(BUILD)-release/build.ninja: | deps
	$(Q)$(MESON) setup $(BUILD)-release --buildtype=release >$(BUILD)-release.setup.log || (cat $(BUILD)-release.setup.log; exit 1)

run: $(BUILD)/build.ninja
	$(Q)tools/quietly "building" ninja -C $(BUILD)
	$(Q)examples/echo/demo $(BUILD)

test: $(BUILD)/build.ninja $(BUILD)-asan/build.ninja $(BUILD)-tsan/build.ninja $(BUILD)-release/build.ninja
	$(Q)tools/run-tests $(BUILD) $(BUILD)-asan $(BUILD)-tsan:sim,stress,unit,conform $(BUILD)-release:unit,conform

quick: $(BUILD)/build.ninja
	$(Q)tools/run-tests $(BUILD)

test-asan: $(BUILD)-asan/build.ninja
	$(Q)tools/run-tests $(BUILD)-asan

test-tsan: $(BUILD)-tsan/build.ninja
	$(Q)tools/run-tests $(BUILD)-tsan:sim,stress,unit,conform

bench: $(BUILD)-release/build.ninja
	$(Q)tools/quietly "building" ninja -C $(BUILD)-release
	$(Q)bench/run $(BUILD)-release

# The build may have been set up, by `make run` for one, with another prefix.
install: $(BUILD)/build.ninja
	$(Q)$(MESON) configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	$(Q)ninja -C $(BUILD) $(NINJAFLAGS)
	$(Q)$(MESON) install -C $(BUILD)

format:
	$(Q)git ls-files '*.c' '*.h' '*.cpp' | xargs clang-format -i

tidy: $(BUILD)/build.ninja
	$(Q)tools/tidy $(BUILD)

coverage-page: $(BUILD)/build.ninja
	$(Q)ninja -C $(BUILD) coverage-page

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-release $(BUILD)*.setup.log
