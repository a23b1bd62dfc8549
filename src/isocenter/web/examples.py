"""The bundled examples as requests, to try the workbench on."""

import shutil

from isocenter.demo import example_plans, examples_folder, make_example_plan
from isocenter.engines.private_folders import working_folder
from isocenter.web.intake.receiving import open_request, receive_folder
from isocenter.web.models import Person, Request
from isocenter.web.models.requests import Priority


def load_examples(person: Person) -> int:
    """Open a request for each bundled example that is not here yet; how many were opened."""
    folder = examples_folder()
    plans = example_plans()
    here = set(Request.objects.filter(is_example=True).values_list("title", flat=True))
    names = sorted(case.name for case in folder.iterdir() if case.is_dir() and case.name not in here)
    for name in names:
        with working_folder() as temporary:
            case = temporary / name
            shutil.copytree(folder / name, case)
            if name in plans:
                make_example_plan(name, case / "plan")
            open_request(receive_folder(case), person, priority=Priority.STANDARD, title=name, is_example=True)
    return len(names)
