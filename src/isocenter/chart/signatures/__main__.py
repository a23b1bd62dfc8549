"""Learn again what is around a signature: python -m isocenter.chart.signatures [POLICY] [--left-out].

Reads signing_examples.csv beside the phrases of a policy and writes signing_weights.csv. With --left-out nothing is
written: each lot of examples is read by what the others teach, and the share right and the share found are printed.
"""

import sys
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.grammar.signing import Signing
from isocenter.chart.grammar.signing_weights import SigningWeights, write_signing_weights
from isocenter.chart.signatures.learning import Seen, learn, read_examples, seen_in
from isocenter.chart.signatures.signatures_learned import ENOUGH
from isocenter.rulebook.rulebook import load_policy


def main(arguments: Sequence[str]) -> None:
    """Learn from the examples of a policy, `imrt` where none is named."""
    policies = [one for one in arguments if not one.startswith("-")]
    folder = load_policy(policies[0] if policies else "imrt").folder / "chart"
    signing = grammar_of(folder).signing
    seen = list(seen_in(read_examples(folder / "signing_examples.csv"), signing))
    if "--left-out" in arguments:
        _print_what_is_left_out(seen, signing)
        return
    weights = learn(seen)
    write_signing_weights(folder / "signing_weights.csv", weights)
    print(f"{len(weights)} weights of {len(seen)} names with a day, {sum(one.signs for one in seen)} of which sign")


def _print_what_is_left_out(seen: Sequence[Seen], signing: Signing) -> None:
    for lot in sorted({one.example.lot for one in seen}):
        weights = SigningWeights(
            learn([one for one in seen if one.example.lot != lot]),
            signed=signing.signed,
            acts=signing.acts,
            titles=signing.titles,
        )
        own = [one for one in seen if one.example.lot == lot]
        likely = [one for one in own if weights.of(one.features) >= ENOUGH]
        right, signs = sum(one.signs for one in likely), sum(one.signs for one in own)
        print(f"{lot:8} right {right} of {len(likely)} taken, found {right} of {signs} that sign")


if __name__ == "__main__":
    main(sys.argv[1:])
