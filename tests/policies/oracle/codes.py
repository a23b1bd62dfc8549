"""Procedure codes by what they do, and the days on which they were in force; a second time on purpose."""

from datetime import date
from typing import Any

JAN_2015, JAN_2026 = date(2015, 1, 1), date(2026, 1, 1)
PLAN, PLAN_3D, CLINICAL, SIMULATION, MOTION = {"77301"}, {"77295"}, {"77263"}, {"77290"}, {"77293"}
TELETHERAPY = ({"77305", "77310", "77315", "77321"}, {"77306", "77307", "77321"})
BRACHY_PLAN = ({"77326", "77327", "77328"}, {"77316", "77317", "77318"})
DEVICES, DOSIMETRY, PHYSICS, CONSULT = {"77332", "77333", "77334"}, {"77331"}, {"77336"}, {"77370"}
MANAGEMENT, SPECIAL, UNLISTED = {"77427"}, {"77470"}, {"77499"}
VISITS = {"99204", "99205", "99214", "99215", "99222", "99223", "99244", "99245", "99254", "99255"}
OTHER_ALWAYS = {"77401", "77422", "77423", "77371", "77372", "77373"}
OTHER_G = {f"G60{number:02d}" for number in range(3, 15)}
OTHER_FROM_2026 = {"77437", "77438"}
STEREOTACTIC, STEREOTACTIC_MANAGEMENT = {"77371", "77372", "77373"}, {"77432", "77435"}
PROTONS = {"77520", "77522", "77523", "77525"}
SIMULATIONS = {"77280", "77285", "77290"}
MULTILEAF = {"77338"}
IMRT = ({"77418", "0073T"}, {"G6015", "G6016", "77385", "77386"})
LEVELS = {"77407", "77412"}
# Conventional delivery by areas and energy until 2014; brachytherapy until 2008, until 2015 and from 2016.
CONVENTIONAL_UNTIL_2014 = {f"774{number:02d}" for number in (3, 4, 6, 8, 9, 11, 13, 14, 16)}
BRACHY_UNTIL_2008 = {"77781", "77782", "77783", "77784"}
BRACHY_UNTIL_2015 = {"77776", "77777", "77785", "77786", "77787", "0182T"}
BRACHY_FROM_2016 = {"77767", "77768", "77770", "77771", "77772", "0394T", "0395T"}
BRACHY = {"77761", "77762", "77763", "77778", "77789"} | BRACHY_UNTIL_2015 | BRACHY_FROM_2016
TECHNICAL_ALONE = (
    IMRT[0] | IMRT[1] | LEVELS | OTHER_ALWAYS | OTHER_G | OTHER_FROM_2026 | CONVENTIONAL_UNTIL_2014 | {"77402"}
    | PHYSICS | CONSULT
)  # fmt: skip
INTRAOPERATIVE = {"77424", "77425"}
SPECIAL_THERAPIES = {"total_body", "hemibody", "per_oral", "endocavitary", "intraoperative_cone"}
# Codes that came or went, as far as the random courses use them: (first day, day after the last).
LIFETIMES = {
    **dict.fromkeys(IMRT[0] | TELETHERAPY[0] - {"77321"} | BRACHY_PLAN[0] | {"77421", "76950"}, (None, JAN_2015)),
    **dict.fromkeys(CONVENTIONAL_UNTIL_2014 | {"0197T"}, (None, JAN_2015)),
    **dict.fromkeys(BRACHY_UNTIL_2008, (None, date(2009, 1, 1))),
    **dict.fromkeys(BRACHY_UNTIL_2015, (None, date(2016, 1, 1))),
    **dict.fromkeys(IMRT[1] | OTHER_G | {"G6001", "G6002"}, (JAN_2015, JAN_2026)),
    **dict.fromkeys(TELETHERAPY[1] - {"77321"} | BRACHY_PLAN[1] | {"77387"}, (JAN_2015, None)),
    **dict.fromkeys(BRACHY_FROM_2016, (date(2016, 1, 1), None)),
    "77014": (None, JAN_2026),
    **dict.fromkeys({"77436"} | OTHER_FROM_2026, (JAN_2026, None)),
}
ALWAYS_KNOWN = (
    PLAN | PLAN_3D | CLINICAL | SIMULATION | MOTION | {"77321", "77300", "77402"} | DEVICES | DOSIMETRY
    | PHYSICS | CONSULT | MANAGEMENT | SPECIAL | UNLISTED | VISITS | OTHER_ALWAYS | LEVELS | BRACHY
    | INTRAOPERATIVE | PROTONS | STEREOTACTIC_MANAGEMENT | SIMULATIONS | MULTILEAF
)  # fmt: skip


def in_force(line: Any) -> bool:
    first, after = LIFETIMES.get(line.procedure_code, (None, None))
    return not ((first and line.service_date < first) or (after and line.service_date >= after))
