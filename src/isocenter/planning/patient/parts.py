"""The CT and the structures that a patient is planned on, refused where it is not known that they belong together."""

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
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
    refuse_unclear(folder)
    return folder.ct, folder.structure_set


def refuse_unclear(folder: PlanFolder) -> None:
    """Raise UnreadableInput where it is not known which CT and structures belong together.

    Several files could be meant, such as two CT series, and nothing says which; or CT and structures state two frames
    of reference.
    """
    of_images = [(kind, files) for kind, files in folder.undecided if kind != "doses"]
    for kind, files in of_images:
        listed = ", ".join(shown(file) for file in files[:_MOST_LISTED]) + (" ..." if len(files) > _MOST_LISTED else "")
        raise UnreadableInput(
            f"there are {len(files)} {kind} (first files: {listed}) and nothing says which is meant; leave one of them "
            "in the folder"
        )
    stated = (folder.ct, folder.structure_set)
    if len({part.frame_of_reference_uid for part in stated if part is not None} - {""}) > 1:
        raise UnreadableInput(
            "structures and CT lie in different frames of reference, so where the structures lie in the CT is not "
            "known; export the CT that they were drawn on"
        )
