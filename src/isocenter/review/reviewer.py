"""Stores that a set of policies is prepared in once, and that then judge case after case."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from isocenter.errors import UnknownName
from isocenter.facts.case_store import CaseStore
from isocenter.facts.stores import Store
from isocenter.review.judging import judge, judge_each
from isocenter.review.judgment import Judgment
from isocenter.rulebook.rulebook import Rulebook, load_policy, policy_names


class Reviewer:
    """Judges case after case by the same policies; several threads may use one.

    A case gets a store of its own for as long as it is under review, and leaves nothing in it for the next one.
    """

    def __init__(self, policies: Sequence[Rulebook | str | Path] | str | Path | None = None) -> None:
        """`policies` are rulebooks, or names or folders of policies to load; one name or folder may be given alone.

        Without them all bundled policies apply, as on the command line.

        Raises UnknownName for a policy that is none, and where none is named: a review by no rule finds nothing.
        """
        given = policy_names() if policies is None else [policies] if isinstance(policies, str | Path) else policies
        self.rulebooks = tuple(one if isinstance(one, Rulebook) else load_policy(str(one)) for one in given)
        if not self.rulebooks:
            raise UnknownName("no policy was named to review by; name one or more, such as imrt")
        self._idle: list[Store] = []
        self._lock = Lock()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """An empty store for one case; where the review of the case fails, the store is thrown away."""
        with self._lock:
            store = self._idle.pop() if self._idle else CaseStore()
        try:
            yield store
            store.clear()
        except BaseException:
            store.close()
            raise
        with self._lock:
            self._idle.append(store)

    def judge(self, store: Store) -> Judgment:
        """Judge the facts of a store that this reviewer gave out."""
        return judge(store, self.rulebooks)

    def judge_each(self, store: Store, selections: Sequence[Sequence[Rulebook]]) -> list[Judgment]:
        """What each selection of this reviewer's rules says of the facts of a store that it gave out."""
        return judge_each(store, self.rulebooks, selections)

    def close(self) -> None:
        """Close the stores that are not in use."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()
