"""Checks a FHIR R4 resource against the snapshots of its profiles, and names each fault by its place.

Checked: unknown members, cardinality, lists and single values, types and how primitive values are written, fixed values
and patterns, slices with their discriminators, the content of extensions, required bindings whose codes are listed, the
types of resources that references point to, and the invariants that profiles state in FHIRPath. Not checked: bindings
to code systems that are not in the packages, and references whose target is neither supplied nor named by its address.
An invariant that cannot be evaluated is an issue that says so: it passes for nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from isocenter.errors import IsocenterError
from isocenter.fhir.structures.datatypes import INVARIANTS, PRIMITIVES, Invariant, members_of, why_not
from isocenter.fhir.structures.definitions import BASE, Definitions, Element, Profile, TypeOf
from isocenter.fhir.structures.fhirpath import Around, holds
from isocenter.fhir.structures.json_form import form_faults
from isocenter.fhir.structures.json_values import (
    extends_one_of,
    in_words,
    members_under,
    placed,
    says_something,
)
from isocenter.fhir.structures.path_values import Value
from isocenter.fhir.structures.pointers import addresses_of, why_not_pointed
from isocenter.fhir.structures.slices import fits
from isocenter.fhir.structures.stated_values import why_not_bound, why_not_held
from isocenter.intake.fhir.kinds import RESOURCE_TYPES, meant_by

Json = Mapping[str, Any]
_DEEPEST = 80
_HAS_CONTENT = "ele-1"
_NO_TYPE = "resourceType is missing; it names the kind of resource, such as Claim"
_ANY_RESOURCE = {"Resource", "DomainResource"}
# What every resource may have; nothing more is known of one without a definition.
_SHARED = {"id": "id", "meta": "Meta", "implicitRules": "uri", "language": "code", "text": "Narrative"}


class Issue(NamedTuple):
    """One fault: its severity and kind (of the code systems of OperationOutcome), its place, and what is wrong."""

    severity: str
    code: str
    expression: str
    sentence: str


def check(resource: Json, definitions: Definitions, profile: str = "") -> list[Issue]:
    """The faults of a resource against a profile; without one, against those that it claims itself.

    Nested resources are held to the profiles that they claim. A profile that is not loaded is an issue of severity
    information, for nothing was checked by it.
    """
    return check_whole(resource, definitions, profile).issues


class Checked(NamedTuple):
    """The faults of a resource, and how many resources, it and those within it, were held to a profile."""

    issues: list[Issue]
    held: int


def check_whole(resource: Json, definitions: Definitions, profile: str = "") -> Checked:
    """As `check`, with the number of resources that were held to a profile: none means that nothing was checked."""
    checker = _Checker(definitions)
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not kind:
        return Checked([Issue("error", "structure", "", _NO_TYPE)], 0)
    checker.issues += [Issue("error", "structure", *fault) for fault in form_faults(resource, kind)]
    checker.resource(resource, kind, (profile,) if profile else (), 0)
    return Checked(list(dict.fromkeys(checker.issues)), checker.held)


class _Checker:
    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._around = Around(None, codes=definitions.codes)
        self._looked_at: set[tuple[str, str]] = set()
        self.issues: list[Issue] = []
        self.held = 0

    def resource(self, value: Json, path: str, expected: Sequence[str], depth: int) -> None:
        """Hold a resource to the profiles that it claims, else to those that its place expects."""
        outside = self._around
        root = outside.resource if ".contained[" in f".{path.rpartition('.')[2]}" else None
        # The outermost bundle knows what came along; a bundle within it has addresses of its own.
        at = addresses_of(value, outside.at) if value.get("resourceType") == "Bundle" else outside.at
        self._around = Around(value, root, self._definitions.codes, at)
        self._claimed(value, path, expected, depth)
        self._around = outside

    def _claimed(self, value: Json, path: str, expected: Sequence[str], depth: int) -> None:
        kind = str(value.get("resourceType"))
        if kind not in RESOURCE_TYPES and not self._definitions.describes(kind):
            self._say("error", "structure", path, meant_by(kind))
            return
        claimed = [url for url in _claimed(value) if self._definitions.profile(url)]
        chosen = list(expected if depth == 0 and expected else claimed or expected)
        known = [found for url in chosen if (found := self._definitions.profile(url))]
        if not known:
            base = self._definitions.profile(BASE + kind)
            known = [base] if base else []
        if not known:
            named = ", ".join(chosen or _claimed(value)) or f"the base definition of {kind}"
            self._say(
                "information",
                "not-found",
                path,
                f"{named} was not found in the packages, so nothing was checked against it",
            )
            self._undescribed(value, path, depth)
        if len(known) > 1 and not claimed:
            # Its place allows several: it is held to the one that it fits best.
            known = [self._nearest(value, known, path, depth)]
        for profile in known:
            if profile.type != kind:
                claims = "claims" if profile.url in claimed else "is to be held to"
                self._say("error", "structure", path, f"{kind} {claims} {profile.url}, which describes {profile.type}")
            else:
                self.held += 1
                self._object(value, profile.root, profile, path, depth, is_resource=True)
                self._invariants(value, profile.root.invariants, "", path)

    def _nearest(self, value: Json, known: Sequence[Profile], path: str, depth: int) -> Profile:
        """The profile against which a resource has the fewest faults."""
        faults = []
        for profile in known:
            trial = _Checker(self._definitions)
            trial._around = self._around
            if profile.type == value.get("resourceType"):
                trial._object(value, profile.root, profile, path, depth, is_resource=True)
            faults.append((profile.type != value.get("resourceType"), len(trial.issues)))
        return known[faults.index(min(faults))]

    def _undescribed(self, value: Json, path: str, depth: int) -> None:
        """What every resource has, and the resources within one that nothing else is known of."""
        for name, type_name in _SHARED.items():
            if name in value:
                self._typed(value[name], (TypeOf(type_name),), f"{path}.{name}", depth + 1)
        for name in ("contained", "entry", "parameter"):
            held = value.get(name, [])
            if not isinstance(held, list):
                self._say("error", "structure", f"{path}.{name}", "expected a list")
                continue
            for number, one in enumerate(held):
                at = f"{path}.{name}[{number}]"
                if name == "contained":
                    self._nested(one, at, depth)
                elif not isinstance(one, Mapping):
                    self._say("error", "structure", at, f"expected an object, found {in_words(one)}")
                elif "resource" in one:
                    self._nested(one["resource"], f"{at}.resource", depth)

    def _nested(self, value: Any, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            self._say("error", "too-long", path, "nested too deep; it was not checked further")
        elif not isinstance(value, Mapping):
            self._say("error", "structure", path, f"expected a resource, found {in_words(value)}")
        elif not isinstance(value.get("resourceType"), str) or not value["resourceType"]:
            self._say("error", "structure", path, _NO_TYPE)
        else:
            self.resource(value, path, (), depth + 1)

    def _object(
        self,
        value: Any,
        element: Element,
        profile: Profile,
        path: str,
        depth: int,
        *,
        is_resource: bool = False,
        is_whole: bool = True,
    ) -> None:
        """Hold an object to the elements below one; with `is_whole` it has no other members."""
        if depth > _DEEPEST:
            self._say("error", "too-long", path, "nested too deep; it was not checked further")
            return
        if not isinstance(value, Mapping):
            self._say("error", "structure", path, f"expected an object, found {in_words(value)}")
            return
        known = {"resourceType"} if is_resource else set()
        for name, group in element.children.items():
            found = members_under(value, name)
            known |= {key for key, _ in found} | {f"_{key}" for key, _ in found}
            known |= {f"_{name}", name} if not name.endswith("[x]") else set()
            self._member(value, name, group, found, profile, path, depth)
        for key in value:
            if is_whole and key not in known and not extends_one_of(key, element.children):
                self._say("error", "structure", f"{path}.{key}", f"{key} is not a member of {element.path}")

    def _member(
        self,
        owner: Json,
        name: str,
        group: Sequence[Element],
        found: Sequence[tuple[str, Any]],
        profile: Profile,
        path: str,
        depth: int,
    ) -> None:
        base, slices = group[0], group[1:]
        bare = name.removesuffix("[x]")
        items: list[tuple[str, Any]] = []
        for key, value in found:
            if isinstance(value, list) != base.repeats and name != "extension":
                expected = "a list" if base.repeats else "one value"
                self._say("error", "structure", f"{path}.{key}", f"expected {expected}")
            items += placed(f"{path}.{key}", value)
        self._extended(owner, {bare, *(key for key, _ in found)}, path, depth)
        only_extended = not items and isinstance(owner.get(f"_{bare}"), dict | list)
        self._count(len(items) or only_extended, base, f"{path}.{bare}", "")
        counts = {one.slice_name: 0 for one in slices}
        undecided = False
        for place, value in items:
            chosen: list[Element] = []
            for one in slices:
                belongs = fits(value, place, base, one, self._definitions)
                undecided = undecided or belongs is None
                if belongs:
                    counts[one.slice_name] += 1
                    chosen.append(one)
            if slices and base.is_closed and not chosen and not undecided:
                self._say("error", "structure", place, f"it fits none of {', '.join(one.slice_name for one in slices)}")
            for one in chosen or [base]:
                self._value(value, one, base, profile, place, depth)
            if chosen:
                self._held(value, base, place)
        if not undecided:
            for one in slices:
                self._count(counts[one.slice_name], one, f"{path}.{bare}", f":{one.slice_name}")

    def _extended(self, owner: Json, names: Iterable[str], path: str, depth: int) -> None:
        """The extensions of primitive values, which are in a member of their own."""
        for name in sorted(names):
            for place, part in placed(f"{path}._{name}", owner.get(f"_{name}")):
                if isinstance(part, Mapping):
                    self._plain(part, "Element", place, depth + 1)

    def _count(self, found: int, element: Element, path: str, slice_name: str) -> None:
        what = f"{path}{slice_name}"
        if found < element.least:
            sentence = f"at least {element.least} expected, {int(found)} found" if found else _missing(element.least)
            self._say("error", "required", what, sentence)
        if element.most is not None and found > element.most:
            self._say("error", "structure", what, f"at most {element.most} allowed, {found} found")

    def _value(self, value: Any, element: Element, base: Element, profile: Profile, path: str, depth: int) -> None:
        self._held(value, element, path)
        self._bound(value, element, path)
        types = self._types_of(value, element, path)
        if value is None or not types:
            return  # a null in a list takes the place of a value that has extensions alone
        is_resource = isinstance(value, Mapping) and isinstance(value.get("resourceType"), str)
        if not is_resource:  # %resource of its own conditions is the resource itself: they are its profile's
            self._invariants(value, element.invariants, types[0].code, path)
        if wrong := why_not_pointed(value, types, self._definitions, self._around):
            self._say("error", "value", path, wrong)
        allowed = {one.code for one in types}
        if allowed <= RESOURCE_TYPES | _ANY_RESOURCE and not is_resource:
            self._nested(value, path, depth)
        elif is_resource and allowed.isdisjoint({value["resourceType"], *_ANY_RESOURCE}):
            wrong = f"{in_words(value['resourceType'])} is not allowed here; expected {' or '.join(sorted(allowed))}"
            self._say("error", "structure", path, wrong)
        elif is_resource:
            expected = [url for one in types if one.code == value["resourceType"] for url in one.profiles]
            self.resource(value, path, expected, depth + 1)
        elif element.name.endswith("[x]") and len(element.types or base.types) > 1:
            # Below a member of several types a snapshot spells out what all of them share.
            self._typed(value, types, path, depth)
            if element.children and isinstance(value, Mapping):
                self._object(value, element, profile, path, depth + 1, is_whole=False)
        elif types[0].code in PRIMITIVES:
            self._typed(value, types, path, depth)  # what is below a primitive element is about its extensions
        elif element.children or base.children:
            self._object(value, element if element.children else base, profile, path, depth + 1)
        elif element.same_as and element.same_as in profile.by_id:
            self._object(value, profile.by_id[element.same_as], profile, path, depth + 1)
        else:
            self._typed(value, types, path, depth)

    def _types_of(self, value: Any, element: Element, path: str) -> tuple[TypeOf, ...]:
        if element.name.endswith("[x]"):
            written = path.rpartition(".")[2].split("[", 1)[0].removeprefix(element.name.removesuffix("[x]"))
            fitting = tuple(one for one in element.types if one.code[:1].upper() + one.code[1:] == written)
            if not fitting and element.types:
                allowed = ", ".join(one.code for one in element.types)
                self._say("error", "structure", path, f"{written} is not one of the types allowed: {allowed}")
            return fitting
        del value
        return element.types or ((TypeOf("Element"),) if element.children or element.same_as else ())

    def _typed(self, value: Any, types: Sequence[TypeOf], path: str, depth: int) -> None:
        """A value of a data type that the snapshot does not spell out."""
        kind = types[0]
        self._invariants(value, (), kind.code, path)
        if kind.code in PRIMITIVES:
            wrong = why_not(kind.code, value)
            if wrong:
                self._say("error", "value", path, f"{in_words(value)} is not {wrong}")
            return
        profiles = list(kind.profiles)
        if kind.code == "Extension" and not profiles and isinstance(value, Mapping):
            profiles = [str(value.get("url", ""))]
        if kind.code == "Extension" and isinstance(value, Mapping) and not says_something(value):
            self._say("error", "required", path, "an extension needs a value or extensions; it has neither")
        for url in profiles:
            profile = self._definitions.profile(url)
            if profile:
                self._invariants(value, profile.root.invariants, "", path)
                self._object(value, profile.root, profile, path, depth + 1)
                return
        self._plain(value, kind.code, path, depth)

    def _plain(self, value: Any, kind: str, path: str, depth: int) -> None:
        """A value of a complex data type, by the table of its members."""
        members = members_of(kind)
        if members is None or depth > _DEEPEST:
            return
        if not isinstance(value, Mapping):
            self._say("error", "structure", path, f"expected a {kind}, found {in_words(value)}")
            return
        known: set[str] = set()
        for name, member in members.items():
            for key, held in members_under(value, name):
                known |= {key, f"_{key}"}
                types = member.types
                if name.endswith("[x]"):
                    suffix = key.removeprefix(name.removesuffix("[x]"))
                    types = tuple(one for one in types if one[:1].upper() + one[1:] == suffix)
                if not types:
                    self._say("error", "structure", f"{path}.{key}", f"{key} is not a member of {kind}")
                    continue
                if isinstance(held, list) != member.repeats:
                    expected = "a list" if member.repeats else "one value"
                    self._say("error", "structure", f"{path}.{key}", f"expected {expected}")
                for number, one in enumerate(held if isinstance(held, list) else [held]):
                    place = f"{path}.{key}[{number}]" if isinstance(held, list) else f"{path}.{key}"
                    if one is not None:
                        self._typed(one, (TypeOf(types[0]),), place, depth + 1)
            known.add(f"_{name}")
        for key in value:
            if key not in known and not extends_one_of(key, members):
                self._say("error", "structure", f"{path}.{key}", f"{key} is not a member of {kind}")

    def _invariants(self, value: Any, stated: Sequence[Invariant], type_name: str, path: str) -> None:
        """What an element, or its type, demands in FHIRPath; once for each condition and place."""
        of_type = INVARIANTS.get(type_name)
        for one in (*stated, of_type) if of_type else stated:
            if one.key == _HAS_CONTENT:
                continue  # an element without content is found by its structure
            if (one.expression, path) in self._looked_at:
                continue
            self._looked_at.add((one.expression, path))
            try:
                if not holds(one.expression, Value(value, type_name), self._around):
                    severity = "warning" if one.severity == "warning" else "error"
                    self._say(severity, "invariant", path, f"{one.key} does not hold: {one.words}")
            except (IsocenterError, ArithmeticError, TypeError) as wrong:
                self._say("information", "not-supported", path, f"{one.key} was not checked: {wrong}")

    def _held(self, value: Any, element: Element, path: str) -> None:
        """Fixed values and patterns."""
        for wrong in why_not_held(value, element):
            self._say("error", "value", path, wrong)

    def _bound(self, value: Any, element: Element, path: str) -> None:
        """A required binding, where every code of the value set is listed."""
        if wrong := why_not_bound(value, element, self._definitions):
            self._say("error", "code-invalid", path, wrong)

    def _say(self, severity: str, code: str, path: str, sentence: str) -> None:
        self.issues.append(Issue(severity, code, path, sentence))


def _missing(least: int) -> str:
    return "it is missing" if least == 1 else f"it is missing; at least {least} expected"


def _claimed(value: Json) -> list[str]:
    meta = value.get("meta")
    named = meta.get("profile") if isinstance(meta, Mapping) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
