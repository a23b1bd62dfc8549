"""The types of resources of FHIR R4, and which of them are read; others are named with their type and place.

Source: HL7 FHIR R4 (4.0.1), resource types.
"""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from isocenter.files.texts import shown
from isocenter.terms.limits import PROBLEMS_OF_A_FILE
from isocenter.terms.problems import Problem, Unread, worded

_RESOURCES = """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic
    Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry
    ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication
    CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage
    CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable
    ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse
    HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation
    ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement
    MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
    MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader
    MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition OperationDefinition
    OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation
    Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
    RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition
    StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task
    TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
RESOURCE_TYPES = frozenset(_RESOURCES.split())
BILLS = ("Claim", "ExplanationOfBenefit")
# Resources that others refer to; they state nothing by themselves.
_CONTEXT = {
    *("Patient", "Coverage", "Organization", "Practitioner", "PractitionerRole", "Condition", "BodyStructure"),
    *("Questionnaire", "Device", "Location", "Endpoint", "RelatedPerson", "Binary", "Encounter"),
}


def meant_by(kind: str, *, suggests: bool = True) -> str:
    """What is wrong with a type that FHIR R4 does not have, with the one that was probably meant; '' for the others.

    To find the one that was meant takes a tenth of a millisecond.
    """
    if kind in RESOURCE_TYPES:
        return ""
    alike = get_close_matches(kind, RESOURCE_TYPES, n=1) if suggests else []
    alike = alike or [one for one in RESOURCE_TYPES if one.lower() == kind.lower()]
    written = shown(kind)
    written = written if len(written) <= 60 else f"{written[:57]}..."
    return f"{written!r} is no resource type of FHIR R4{f'; {alike[0]} is one' if alike else ''}"


class Others:
    """Resources of types that are not read: those that FHIR has not are problems by themselves, others are counted."""

    def __init__(self) -> None:
        self._many: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}
        self._unknown = 0

    def see(self, kind: str, file: str, place: str) -> Unread | None:
        """Take a resource into account; what it states is unknown where nobody can say what it is."""
        if kind in _CONTEXT:
            return None
        if wrong := meant_by(kind, suggests=self._unknown < PROBLEMS_OF_A_FILE.most):
            self._unknown += 1
            return Unread(file, place, worded("{wrong}; it was left out", wrong=wrong))
        self._many[file, kind] += 1
        self._first.setdefault((file, kind), place)
        return None

    def problems(self) -> Iterator[Problem]:
        """One problem for each type of a file, at the place of its first resource."""
        for (file, kind), many in sorted(self._many.items()):
            what = "it was left out" if many == 1 else f"this one and {many - 1} more were left out"
            sentence = worded("resources of the type {kind} are not read; {what}", kind=kind, what=what)
            yield Problem(file, self._first[file, kind], sentence)
