"""The CT and the structures that a patient is planned on, refused where it is not known that they belong together."""

from isocenter.errors import UnreadableInput
from isocenter.files import shown
from isocenter.terms.imaging import CtImage, PlanFolder, StructureSet

_MOST_LISTED = 3


def parts_of(folder: PlanFolder) -> tuple[CtImage, StructureSet]:
    """The CT and the structure set of a folder.

    Raises UnreadableInput where one is missing, where several files could be meant and nothing says which, and where
    they state two frames of reference: a plan on the wrong anatomy compares nothing.
    """
    for part, name in ((folder.ct, "CT"), (folder.structure_set, "RTSTRUCT")):
        if part is None:
            raise UnreadableInput(
                f"there is no {name} among the files; planning needs CT, structures and a prescription"
            )
    assert folder.ct is not None and folder.structure_set is not None
    for kind, files in folder.undecided:
        listed = ", ".join(shown(file) for file in files[:_MOST_LISTED]) + (" ..." if len(files) > _MOST_LISTED else "")
        raise UnreadableInput(
            f"there are {len(files)} {kind} (first files: {listed}) and nothing says which is meant; leave one of them "
            "in the folder"
        )
    frames = {folder.ct.frame_of_reference_uid, folder.structure_set.frame_of_reference_uid} - {""}
    if len(frames) > 1:
        raise UnreadableInput(
            "structures and CT lie in different frames of reference, so where the structures lie in the CT is not "
            "known; export the CT that they were drawn on"
        )
    return folder.ct, folder.structure_set
