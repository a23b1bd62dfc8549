"""Learn again which words tell the kind of a paper: python -m isocenter.chart.course [POLICY].

Reads kind_examples.csv beside the phrases of a policy and writes kind_weights.csv.
"""

import sys
from collections.abc import Sequence

from isocenter.chart.course.learning_kinds import learn_kinds, read_paper_examples
from isocenter.chart.grammar.kind_weights import write_kind_weights
from isocenter.rulebook.rulebook import load_policy


def main(arguments: Sequence[str]) -> None:
    """Learn from the examples of a policy, `imrt` where none is named."""
    folder = load_policy(arguments[0] if arguments else "imrt").folder / "chart"
    examples = read_paper_examples(folder / "kind_examples.csv")
    weights = learn_kinds(examples)
    write_kind_weights(folder / "kind_weights.csv", weights)
    print(f"{len(weights)} weights of {len(examples)} papers")


if __name__ == "__main__":
    main(sys.argv[1:])
