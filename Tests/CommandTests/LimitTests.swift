import Fieldwork
import Foundation
import TestSupport
import Testing

/// Limits of the system: fewer threads, pictures left out, or a sentence; never a hang.
@Suite("Limits on memory, threads, files and programs")
struct LimitTests {
  private func shell(_ script: String) throws -> FieldworkProgram.Outcome {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", CommandTests.small)
    return try FieldworkProgram.shell(script, in: folder)
  }

  @Test(
    "address space: results as without a limit, or a sentence",
    arguments: [200_000, 300_000, 450_000, 700_000])
  func addressSpace(kilobytes: Int) throws {
    let outcome = try shell(
      """
      "$fieldwork" run s.yaml --quiet --output free > /dev/null || exit 1
      (ulimit -v \(kilobytes); timeout 20 "$fieldwork" run s.yaml --quiet --output bound --threads 64 > /dev/null)
      code=$?
      [ $code != 0 ] || cmp free/tables/correlators.csv bound/tables/correlators.csv || exit 1
      exit $code
      """)
    // 127: not even the libraries have room.
    #expect([0, 70, 74, 127].contains(outcome.code), "\(outcome)")
  }

  @Test("few descriptors, or no gnuplot: the run ends well")
  func fewFiles() throws {
    let few = try shell("ulimit -n 20; \"$fieldwork\" run s.yaml --quiet")
    #expect(few.code == 0 && few.output.contains("report:"))
    let none = try shell("PATH=/nonexistent \"$fieldwork\" run s.yaml --quiet")
    #expect(none.code == 0 && none.output.contains("report:"))
    #expect(none.errors.hasPrefix("fieldwork: gnuplot is not installed"))
  }

  @Test("an instruction set that is unknown, or that the processor lacks, is refused")
  func instructionSets() throws {
    for command in ["kernel --activation erf --points '[[1]]'", "run s.yaml", "--version"] {
      let outcome = try shell("FIELDWORK_INSTRUCTION_SET=sse9 \"$fieldwork\" \(command)")
      #expect(outcome.code == 64 && outcome.output.isEmpty)
      #expect(
        outcome.errors.hasPrefix("fieldwork: FIELDWORK_INSTRUCTION_SET must name")
          && outcome.errors.contains("found \"sse9\""))
    }
    for level in InstructionSet.available {
      let outcome = try shell("FIELDWORK_INSTRUCTION_SET=\(level) \"$fieldwork\" --version")
      #expect(outcome.code == 0)
    }
  }

  @Test("AVX2 and AVX-512 are one class: a run goes on with the other, to the same bytes")
  func oneClass() throws {
    let levels = InstructionSet.available.filter { $0.level > 0 }
    guard levels.count == 2 else { return }
    let outcome = try shell(
      """
      set -e
      export FIELDWORK_INSTRUCTION_SET=\(levels[0])
      "$fieldwork" run s.yaml --quiet --output a > /dev/null
      FIELDWORK_INSTRUCTION_SET=\(levels[1]) "$fieldwork" run s.yaml --quiet --output a --resume --set sampling.networks=3000 > /dev/null
      "$fieldwork" run s.yaml --quiet --output b --set sampling.networks=3000 > /dev/null
      cmp a/tables/correlators.csv b/tables/correlators.csv
      """)
    #expect(outcome.code == 0, "\(outcome)")
  }

  @Test("another class of arithmetic does not resume: 65, both named")
  func otherClass() throws {
    guard InstructionSet.available.count > 1 else { return }
    let outcome = try shell(
      """
      "$fieldwork" run s.yaml --quiet > /dev/null
      FIELDWORK_INSTRUCTION_SET=baseline "$fieldwork" run s.yaml --quiet --resume --set sampling.networks=3000
      """)
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("baseline libm-") && outcome.errors.contains("fused libm-"))
  }

  #if os(Linux) && arch(x86_64)
    @Test("exp and sin of a processor without fused operations are another class")
    func library() throws {
      let outcome = try shell(
        """
        "$fieldwork" run s.yaml --quiet > /dev/null
        GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4 "$fieldwork" run s.yaml --quiet --resume --set sampling.networks=3000
        """)
      // A C library without such versions, or a processor without fused operations, has one class.
      guard InstructionSet.available.count > 1, outcome.code != 0 else { return }
      #expect(outcome.code == 65 && outcome.errors.contains("libm-"))
    }

    @Test(
      "exact theory, fits and significances have the same bytes whatever a BLAS would choose",
      arguments: ["erf-action", "gauss-couplings", "two-outputs"])
    func kernels(study: String) throws {
      let outcome = try shell(
        """
        set -e
        "$fieldwork" new \(study) > /dev/null
        for kernel in Haswell SkylakeX; do
          OPENBLAS_CORETYPE=$kernel "$fieldwork" run \(study).yaml --quiet --output $kernel \
            --set sampling.networks=640 > /dev/null
          sed '/^  "fieldwork"/,/^  }/d' $kernel/results.json > $kernel.json
        done
        test -s Haswell.json
        cmp Haswell.json SkylakeX.json
        diff -r Haswell/tables SkylakeX/tables
        """)
      #expect(outcome.code == 0, "\(outcome)")
    }
  #endif
}
