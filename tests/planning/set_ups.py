"""Goals and folders that tests of what planning names set their tasks up with."""

from dataclasses import replace

from isocenter.terms.chart import Constraint

PTV_AND_DOSE = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]


def with_structures(folder, *structures):
    return replace(folder, structure_set=replace(folder.structure_set, structures=structures))
