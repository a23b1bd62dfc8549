"""Types of resources of FHIR R4, and codes of its value sets that claims, orders and their context are bound to.

Packages of guides refer to these value sets without listing them. Source: HL7 FHIR R4 (4.0.1), resource types and
required bindings.
"""

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
_LISTED = {
    "administrative-gender": "male female other unknown",
    "address-use": "home work temp old billing",
    "bundle-type": "document message transaction transaction-response batch batch-response history searchset "
    "collection",
    "claim-use": "claim preauthorization predetermination",
    "contact-point-system": "phone fax email pager url sms other",
    "contact-point-use": "home work temp old mobile",
    "document-reference-status": "current superseded entered-in-error",
    "fm-status": "active cancelled draft entered-in-error",
    "identifier-use": "usual official temp secondary old",
    "issue-severity": "fatal error warning information",
    "name-use": "usual official temp nickname anonymous old maiden",
    "narrative-status": "generated extensions additional empty",
    "publication-status": "draft active retired unknown",
    "quantity-comparator": "< <= >= >",
    "questionnaire-answers-status": "in-progress completed amended entered-in-error stopped",
    "remittance-outcome": "queued complete error partial",
    "request-intent": "proposal plan directive order original-order reflex-order filler-order instance-order option",
    "request-priority": "routine urgent asap stat",
    "request-status": "draft active on-hold revoked completed entered-in-error unknown",
    "subscription-status": "requested active error off",
}


def codes_of(value_set: str) -> frozenset[tuple[str, str]] | None:
    """The codes of a base value set, each without its system; None where it is not listed here."""
    base = "http://hl7.org/fhir/ValueSet/"
    listed = _LISTED.get(value_set.removeprefix(base)) if value_set.startswith(base) else None
    return frozenset(("", code) for code in listed.split()) if listed else None
