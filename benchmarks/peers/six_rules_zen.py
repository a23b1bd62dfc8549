"""Six coding rules as expressions of zen-engine, member by member: python six_rules_zen.py LINES FINDINGS (Parquet).

The caller groups and sorts the lines and looks up their code lists, as it does for plain Python; the rules are zen's.
"""

import json
from collections.abc import Iterator

import zen
from six_rules_lines import RULES, Finding, Line, run

SO_FAR = (
    "max(["
    "p.professional * sum(map(filter($.{lines} as q, q.course == p.course and q.place <= p.place),"
    " #.units * #.professional)),"
    "p.technical * sum(map(filter($.{lines} as q, q.course == p.course and q.place <= p.place), #.units * #.technical))"
    "])"
)
ALLOWED = "max([0, min([p.units, {limit} - p.so_far + p.units])])"
EXTERNAL_BEAM = "['imrt_delivery', 'imrt_delivery_if_planned', 'other_delivery', 'conventional_delivery']"
EXPRESSIONS = {
    "planned": "map(filter(lines as l, 'imrt_plan' in l.lists), #.course)",
    "imrt": "filter(lines as l, 'imrt_delivery' in l.lists"
    " or ('imrt_delivery_if_planned' in l.lists and l.course in $.planned))",
    "imrt_days": "map($.imrt, #.day)",
    "imrt_courses": "flatMap([$.planned, map($.imrt, #.course)], #)",
    "no_other_delivery_on_imrt_days": "map(filter(lines as l, 'other_delivery' in l.lists and l.day in $.imrt_days),"
    " {id: #.id, outcome: 'not_met', allowed: null})",
    "plans": "filter(lines as l, 'imrt_plan' in l.lists)",
    "plans_so_far": f"map($.plans as p, {{id: p.id, units: p.units, so_far: {SO_FAR.format(lines='plans')}}})",
    "plans_allowed": f"map($.plans_so_far as p, {{id: p.id, units: p.units, allowed: {ALLOWED.format(limit=1)}}})",
    "one_plan_per_course": "map(filter($.plans_allowed as p, p.allowed < p.units),"
    " {id: #.id, outcome: 'not_documented', allowed: #.allowed})",
    "plans_3d": "filter(lines as l, 'plan_3d' in l.lists and l.course in $.planned)",
    "plans_3d_so_far": f"map($.plans_3d as p, {{id: p.id, units: p.units, so_far: {SO_FAR.format(lines='plans_3d')}}})",
    "plans_3d_allowed": "map($.plans_3d_so_far as p,"
    f" {{id: p.id, units: p.units, allowed: {ALLOWED.format(limit=0)}}})",
    "no_3d_plan_beside_the_imrt_plan": "map(filter($.plans_3d_allowed as p, p.allowed < p.units),"
    " {id: #.id, outcome: 'not_documented', allowed: #.allowed})",
    "deliveries": f"filter(lines as l, some({EXTERNAL_BEAM} as b, b in l.lists)"
    " or 'brachytherapy_delivery' in l.lists or 'special_delivery' in l.lists)",
    "no_special_dosimetry_for_verification": "map(filter(lines as l, 'special_dosimetry' in l.lists"
    " and l.course in $.imrt_courses), {id: #.id, outcome: 'not_documented', allowed: null})",
    "other_modalities": "map(filter(lines as l, 'conventional_delivery' in l.lists"
    " or 'brachytherapy_delivery' in l.lists or 'special_delivery' in l.lists"
    " or ('other_delivery' in l.lists and l.day not in $.imrt_days)), #.course)",
    "may_have_a_boost": "map(filter($.imrt as l, 'imrt_delivery_if_planned' in l.lists), #.course)",
    "devices_are_part_of_the_plan": "map(filter(lines as l, 'treatment_device' in l.lists and l.distinct == 0"
    " and l.has_26 == 0 and l.course in $.imrt_courses and l.course not in $.other_modalities),"
    " {id: #.id, outcome: #.course in $.planned and #.course not in $.may_have_a_boost ? 'not_met' : 'not_documented',"
    " allowed: null})",
    "management": "filter(lines as l, 'weekly_management' in l.lists and l.has_26 == 0 and l.has_tc == 0"
    " and (none($.deliveries as d, d.course == l.course)"
    " or some($.deliveries as d, d.course == l.course and d.day <= l.day)))",
    "management_so_far": "map($.management as p, {id: p.id, units: p.units,"
    " so_far: sum(map(filter($.management as q, q.course == p.course and q.place <= p.place), #.units)),"
    " fractions: sum(map(filter(lines as l, l.course == p.course and l.technical == 1"
    f" and some({EXTERNAL_BEAM} as b, b in l.lists)), #.units))}})",
    "management_allowed": "map($.management_so_far as p, {id: p.id, units: p.units, fractions: p.fractions, allowed:"
    " max([0, min([p.units, floor(p.fractions / 5) + (p.fractions % 5 >= 3 ? 1 : 0) - p.so_far + p.units])])})",
    "one_management_unit_per_five_fractions": "map(filter($.management_allowed as p, p.fractions == 0"
    " or p.allowed < p.units), {id: #.id, outcome: #.fractions == 0 ? 'not_documented' : 'not_met',"
    " allowed: #.fractions == 0 ? #.units : #.allowed})",
}


def decision() -> zen.ZenDecision:
    """One node of expressions between what goes in and what comes out."""
    content = {"expressions": [{"id": name, "key": name, "value": text} for name, text in EXPRESSIONS.items()]}
    kinds = {"in": "inputNode", "rules": "expressionNode", "out": "outputNode"}
    nodes: list[dict[str, object]] = [
        {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}} for name, kind in kinds.items()
    ]
    nodes[1]["content"] = content
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("in", "rules"), ("rules", "out"))
    ]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


DECISION = decision()


def judge(lines: list[Line]) -> Iterator[Finding]:
    """What the six rules hold against the lines of one member, without a chart."""
    told = [
        {
            "id": line.claim_line_id,
            "course": line.course_id,
            "place": place,
            "day": line.day,
            "units": line.units,
            "lists": list(line.code_lists),
            "distinct": int(line.is_distinct),
            "has_26": int(line.has_26),
            "has_tc": int(line.has_tc),
            "professional": int(line.bills_professional_part),
            "technical": int(line.bills_technical_part),
        }
        for place, line in enumerate(lines)
    ]
    result = DECISION.evaluate({"lines": told})["result"]
    for rule in RULES:
        for found in result[rule]:
            yield Finding(rule, found["id"], found["outcome"], found["allowed"])


if __name__ == "__main__":
    run(judge)
