"""How long a page of a chart takes, typed and scanned, on one core, and how much memory."""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from isocenter.chart.abstract import abstract
from isocenter.chart.pages import ocr
from isocenter.phantoms.chart_pages import write_chart
from isocenter.rulebook.rulebook import load_policy

_PAGE = """Nowhere Clinic   Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950
# Weekly On-Treatment Visit
Visit date: 03/{day:02d}/2024, fractions {first}-{last}
Patient seen and examined. Mild dysphagia grade 1, weight stable at 71 kg, skin intact. Images and dose were reviewed.
Review of systems. Sleep is fair. Appetite a little down. No fever, no night sweats, no bleeding. No new numbness.
Medicines as listed by the pharmacy: metoprolol 25 mg twice daily, atorvastatin 20 mg at night, omeprazole 20 mg.
Social history. Lives with a spouse in a house with eleven steps. Former bookkeeper. Stopped smoking many years back.
Examination. Well kept, in no distress. Heart sounds regular. Chest clear on both sides. Gait steady with a cane.
Plan: continue as planned, weekly blood count, dietitian to see the patient again.
Electronically signed by Ada Winter, MD, 03/{day:02d}/2024"""


def measure(pages: int, scanned: bool) -> float:
    """CPU seconds a page on one core."""
    texts = [_PAGE.format(day=1 + n % 28, first=5 * n + 1, last=5 * n + 5) for n in range(pages)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chart.pdf"
        write_chart(file, texts, range(1, pages + 1) if scanned else ())
        began = time.process_time()
        found = abstract([(file, file.name)], load_policy("imrt").folder, processes=1)
        took = time.process_time() - began
    stated = sum(len(document.elements) for document in found.documents)
    print(f"{'scanned' if scanned else 'typed'}: {pages} pages, {stated} statements, {took / pages:.3f} CPU s a page")
    return took / pages


def main() -> None:
    """Print the times and the most memory that was used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--typed", type=int, default=200, metavar="N", help="typed pages (default: 200)")
    parser.add_argument("--scanned", type=int, default=5, metavar="N", help="scanned pages (default: 5)")
    options = parser.parse_args()
    if options.typed > 0:
        measure(options.typed, scanned=False)
    if options.scanned > 0 and ocr.is_installed():
        measure(options.scanned, scanned=True)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
