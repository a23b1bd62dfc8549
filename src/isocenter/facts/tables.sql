-- The fact tables: the waist between what is read and what is judged.
-- The comment above a table states its grain; the comment behind a column states its meaning.
-- Text columns are never null ('' where the record does not say); other columns are null only where
-- they are not marked so. A text column's closed list is in square brackets.

-- One course of therapy of one member.
create table courses (
    course_id varchar not null,           -- names the course; unique
    member_id varchar not null,           -- the person insured
    line_of_business varchar not null,    -- the coverage of the member [medicare, medicaid, commercial, other]
    site varchar not null,                -- where the tumor is, a name of the policy's site list
    laterality varchar not null,          -- the side, where there is one [left, right, bilateral, not_paired]
    delivery_technique varchar not null,  -- how the intensity is modulated [mlc, compensator]
    intent varchar not null,              -- why it is treated [curative, palliative, benign]
    prescribed_dose_gy double,            -- ordered for the main target over all fractions [0.1 to 300]
    planned_fractions integer,            -- ordered number of fractions [1 to 200]
    first_delivery date,                  -- day of the first fraction
    last_delivery date,                   -- day of the last fraction
    jurisdiction varchar not null         -- where it is billed, as the payer names it, such as FL
);

-- One person insured, as claims or chart name them.
create table members (
    member_id varchar not null,           -- the number of the person insured; unique
    family_name varchar not null,         -- family name
    given_name varchar not null,          -- given name
    birth_date date,                      -- date of birth
    sex varchar not null,                 -- as stated [M, F]
    medical_record_number varchar not null, -- the provider's own number of the person
    patient varchar not null              -- who of the persons of the number it is: subscriber, or a birth date or sequence
);

-- One service line of a claim.
create table claim_lines (
    claim_line_id varchar not null,       -- key of the line; unique
    claim_id varchar not null,            -- key of the claim; the biller's number where no other claim has it
    line_number integer not null,         -- its place on the claim
    course_id varchar not null,           -- the course it belongs to
    member_id varchar not null,           -- the person insured
    service_date date not null,           -- the (first) date of service
    procedure_code varchar not null,      -- CPT or HCPCS code
    units integer not null,               -- as billed, at least 1
    modifier_1 varchar not null,          -- first modifier
    modifier_2 varchar not null,          -- second modifier
    modifier_3 varchar not null,          -- third modifier
    modifier_4 varchar not null,          -- fourth modifier
    place_of_service varchar not null,    -- two-digit place of service
    setting varchar not null,             -- who bills, under which payment system [professional, institutional]
    rendering_npi varchar not null,       -- who rendered the service
    billing_npi varchar not null,         -- who bills for it
    supervising_npi varchar not null,     -- who supervised it
    bill_type varchar not null,           -- type of bill of an institutional claim
    revenue_code varchar not null,        -- revenue code of an institutional line
    line_of_business varchar not null,    -- the coverage under which it is billed [medicare, medicaid, commercial, other]
    claim_frequency varchar not null,     -- 1 original, 7 replacement, 8 void [1, 2, 3, 4, 5, 6, 7, 8, 9]
    original_claim_id varchar not null,   -- the number by which a replacement or void names its original, as written
    charge_amount double,                 -- billed, in dollars
    allowed_amount double,                -- allowed by the payer, in dollars
    last_service_date date,               -- last day of a line billed from one day through another
    patient_account_number varchar not null, -- the biller's number of the claim, as written
    payer_claim_number varchar not null,  -- the payer's number of the claim
    submitter_id varchar not null,        -- who sent the claim
    diagnosis_pointer_1 integer,          -- position on the claim of the diagnosis that the service is chiefly for
    diagnosis_pointer_2 integer,          -- position of a further one
    diagnosis_pointer_3 integer,          -- position of a further one
    diagnosis_pointer_4 integer,          -- position of a further one
    patient varchar not null,             -- who of the persons of the member's number was treated: subscriber, or a birth date or sequence
    written_at varchar not null,          -- when the claim was written, such as 2025-03-18 or 2025-03-18 09:30
    repeated_line_id varchar not null     -- its claim_line_id as given, where lines that state something else have it too
);

-- One other course that a claim line may belong to, where its claim does not say for which of several it was.
create table possible_courses (
    claim_line_id varchar not null,       -- the claim line
    course_id varchar not null            -- a course beside the one that the line was put with; '' where the claims do not set it apart
);

-- One diagnosis of a course.
create table diagnoses (
    course_id varchar not null,           -- the course it was given for
    icd10 varchar not null,               -- ICD-10-CM code with its dot
    position integer not null             -- 1 is the principal diagnosis
);

-- One diagnosis as a claim states it.
create table claim_diagnoses (
    claim_id varchar not null,            -- the claim that states it
    icd10 varchar not null,               -- ICD-10-CM code with its dot
    position integer not null,            -- 1 is the principal diagnosis
    member_id varchar not null            -- the person insured; '' where the claim alone shows it
);

-- One day that a claim line billed from one day through another covers; lines of a single day have no row.
create table service_days (
    claim_line_id varchar not null,       -- the claim line
    service_day date not null,            -- a day on which it may have been served
    is_certain boolean not null           -- whether its units show that it was served on this day
);

-- The first and last day of the claims supplied for one provider in one setting, which are complete in between.
create table data_windows (
    billing_npi varchar not null,         -- who bills
    setting varchar not null,             -- under which payment system [professional, institutional]
    first_service date not null,          -- first day of service in the claims supplied
    last_service date not null            -- last day of service in the claims supplied
);

-- The days of one course beside those that the supplied claims cover; what falls outside is asked for, never refused.
create table course_windows (
    course_id varchar not null,           -- the course
    first_service date,                   -- day of its first claim line
    last_service date,                    -- day of its last claim line
    data_from date,                       -- since when the claims of all its providers were supplied; null when unknown
    data_to date,                         -- until when the claims of all its providers were supplied; null when unknown
    may_begin_earlier boolean not null,   -- whether services before its first line may be missing
    may_go_on boolean not null            -- whether services after its last line may be missing
);

-- One document of the chart.
create table documents (
    document_id varchar not null,         -- names the document; unique
    course_id varchar not null,           -- the course it belongs to
    kind varchar not null,                -- a kind of the policy's list of documents
    document_date date,                   -- the date on it
    procedure_code varchar not null,      -- the service it documents, where it is about one
    claim_line_id varchar not null,       -- the claim line it documents, where it is about one
    state varchar not null                -- what it is beside a final document [draft, superseded, addendum, late_entry]
);

-- One thing that a document states.
create table document_elements (
    document_id varchar not null,         -- the document that states it
    element varchar not null,             -- an element of the policy's list for that kind
    detail varchar not null               -- what exactly: a structure, a portal, a reason
);

-- One signature under a document.
create table signatures (
    document_id varchar not null,         -- the document that is signed
    role varchar not null,                -- of whom [treating_physician, radiation_oncologist, medical_physicist, dosimetrist, radiation_therapist, other]
    signer varchar not null,              -- name as it is written under the document; the role where names are withheld
    signed_on date,                       -- date of the signature
    credentials varchar not null          -- behind the name, such as MD or PhD, DABR
);

-- One dose limit or goal of the prescription.
create table constraints (
    course_id varchar not null,           -- the course whose prescription states it
    structure varchar not null,           -- the target or critical structure
    metric varchar not null,              -- such as D95%, V20Gy, D0.03cc, mean, max
    comparison varchar not null,          -- how it is held against the limit [<=, >=, <, >]
    "limit" double not null,              -- the number [0 to 100000]
    unit varchar not null                 -- of the limit [Gy, cGy, %, cc]
);

-- One attestation of a facility about its IMRT planning and delivery system.
create table attestations (
    billing_npi varchar not null,         -- the facility
    element varchar not null,             -- what is attested [commissioning, authorized_for_clinical_use, quality_assurance_program]
    physicist varchar not null,           -- the qualified medical physicist who attests it
    valid_from date,                      -- first day it covers
    valid_to date                         -- last day it covers; null while it is in force
);

-- One treatment plan of a course.
create table plans (
    plan_id varchar not null,             -- names the plan; unique
    course_id varchar not null,           -- the course it was made for
    label varchar not null,               -- as the planning system shows it
    plan_date date,                       -- when it was made
    approval varchar not null,            -- state in the planning system [APPROVED, UNAPPROVED, REJECTED]
    reviewer varchar not null,            -- who approved it
    approved_on date,                     -- when it was approved
    fractions integer,                    -- planned
    prescribed_dose_gy double,            -- over all fractions
    technique varchar not null,           -- as measured [imrt, imrt_static, step_and_shoot, vmat, tomotherapy, compensator, field_in_field, wedge, conformal, open, electron, robotic, ion, brachytherapy, unknown]
    is_imrt boolean,                      -- whether the portals are intensity modulated; null when it cannot be determined
    technique_reason varchar not null,    -- how the technique was determined
    gantry_stops integer,                 -- distinct static gantry angles of treatment fields, without electrons beside photons
    arcs integer,                         -- rotations
    summed_plans integer,                 -- of how many plans it is the sum; null for a plan of its own
    is_evidence boolean,                  -- whether it may serve as evidence; null where that was not checked
    origin varchar not null               -- whose it is: the clinic's, or one computed for a comparison, which never serves as evidence [clinic, computed]
);

-- One thing in which a plan differs from the case it was supplied with, or that could not be compared.
create table plan_differences (
    plan_id varchar not null,             -- the plan
    course_id varchar not null,           -- the course it was compared with
    item varchar not null,                -- what differs [origin, patient_id, patient_name, birth_date, sex, prescribed_dose, fractions, site, laterality, dates, patient_of_part, dose, structures, portals, approval, monitor_units, delivered_beams]
    of_plan varchar not null,             -- as the plan states it
    of_case varchar not null,             -- as the case states it
    label varchar not null,               -- the plan, as the planning system shows it
    is_accepted boolean not null,         -- whether a person accepts the difference
    reason varchar not null,              -- why
    is_comparable boolean not null        -- false where the case states a value that cannot be read
);

-- One treatment field of a plan: a static portal at a gantry stop, or an arc.
create table plan_fields (
    plan_id varchar not null,             -- the plan it belongs to
    field_number integer not null,        -- its number in the plan
    name varchar not null,                -- its name in the plan
    modality varchar not null,            -- radiation [PHOTON, ELECTRON, PROTON, NEUTRON, ION]
    energy_mv double,                     -- nominal energy
    is_arc boolean,                       -- whether the gantry moves while the beam is on
    gantry_start_deg double,              -- first gantry angle
    gantry_stop_deg double,               -- last gantry angle
    rotation varchar not null,            -- direction of the arc [CW, CC, NONE]
    collimator_deg double,                -- at the first control point
    couch_deg double,                     -- at the first control point
    control_points integer,               -- in the plan
    segments integer,                     -- shapes with a rise of the meterset
    monitor_units double,                 -- for one fraction
    modulation varchar not null,          -- by what; empty where the plan does not say [mlc, compensator, wedge, none]
    compensator_documented boolean        -- whether its compensator carries design data; null without one
);

-- One contoured structure of a plan.
create table structures (
    plan_id varchar not null,             -- the plan it was contoured for
    structure_number integer not null,    -- ROI number
    name varchar not null,                -- as contoured
    role varchar not null,                -- the part it plays [target, critical, external, support, helper, other]
    standard_name varchar not null,       -- its TG-263 name
    laterality varchar not null,          -- the side, where it has one [left, right]
    volume_cc double,                     -- as measured
    role_source varchar not null          -- how the role was found [name, dicom type, given]
);

-- One number measured on a plan.
create table plan_measures (
    plan_id varchar not null,             -- the plan it was measured on
    structure varchar not null,           -- the structure measured; '' for the plan as a whole
    beside varchar not null,              -- the other structure of a pair, such as the organ next to a target
    part varchar not null,                -- the separate component, field or file that the number is about
    measure varchar not null,             -- a name of the evidence documentation
    value double not null,                -- the number
    unit varchar not null                 -- its unit
);

-- One constraint of the prescription as one plan meets or misses it.
create table constraint_results (
    plan_id varchar not null,             -- the plan it was measured on
    structure varchar not null,           -- the target or critical structure, as contoured
    metric varchar not null,              -- such as D95%, V20Gy, D0.03cc, mean, max
    comparison varchar not null,          -- how it is held against the limit [<=, >=, <, >]
    "limit" double not null,              -- the number
    unit varchar not null,                -- of limit, value and margin [Gy, cGy, %, cc]
    value double not null,                -- what the plan reaches
    margin double not null                -- what is left to the limit; negative where it is missed
);

-- One constraint as the computed IMRT plan and the computed 3D conformal plan of the same patient meet or miss it.
create table comparisons (
    course_id varchar not null,           -- the course that was planned
    structure varchar not null,           -- the target or critical structure, as contoured
    metric varchar not null,              -- such as D95%, V20Gy, D0.03cc, mean, max
    comparison varchar not null,          -- how it is held against the limit [<=, >=, <, >]
    "limit" double not null,              -- the number
    unit varchar not null,                -- of the limit and the values [Gy, cGy, %, cc]
    clinic double,                        -- what the clinic's plan reaches
    imrt double,                          -- what the computed IMRT plan reaches
    conformal double,                     -- what the computed 3D conformal plan reaches
    conformal_raised double,              -- the same once its dose is raised to the coverage of IMRT, where it is below
    verdict varchar not null,             -- which technique meets it [only_imrt, both, neither, only_conformal]
    beam_data varchar not null,           -- the beam data both were computed with
    role varchar not null,                -- the part that the structure plays [target, critical, external, support, helper, other]
    standard_name varchar not null        -- the TG-263 name of the structure
);

-- One verification of a plan or of one of its fields.
create table verifications (
    plan_id varchar not null,             -- the plan that was verified
    course_id varchar not null,           -- the course of the plan
    kind varchar not null,                -- how [measurement, independent_calculation, portal_image]
    field varchar not null,               -- the field, '' for the whole plan
    verified_on date,                     -- the day it was done
    criteria varchar not null,            -- as stated, such as 3 %/2 mm global, threshold 10 %
    value double,                         -- the result
    unit varchar not null,                -- of the result
    result varchar not null,              -- what the value is [gamma_pass_rate, dose_deviation]
    dose_criterion_percent double,        -- of a gamma comparison: the dose that points may differ by
    distance_criterion_mm double          -- of a gamma comparison: the distance that points may lie apart
);

-- One delivered fraction.
create table fractions (
    course_id varchar not null,           -- the course it belongs to
    fraction_number integer not null,     -- from 1
    delivered_on date not null,           -- the day
    delivered_mu double,                  -- monitor units as recorded
    planned_mu double,                    -- monitor units as planned
    termination varchar not null,         -- how it ended [NORMAL, OPERATOR, MACHINE, UNKNOWN]
    plan_id varchar not null              -- the plan that gave it; '' where the record does not name one
);

-- One image-guided set-up.
create table image_guidance (
    course_id varchar not null,           -- the course it belongs to
    guided_on date not null,              -- the day
    method varchar not null,              -- by what [ultrasound, ct, stereoscopic_xray, surface, other]
    shift_mm double,                      -- length of the shift that it found [0 to 1000]
    tolerance_mm double,                  -- the facility's tolerance for it [0.01 to 100]
    performed_by_role varchar not null,   -- by whom [radiation_oncologist, medical_physicist, radiation_therapist, other]
    supervision varchar not null,         -- how the physician supervised it [none, general, direct, virtual_direct, personal]
    reviewed_by_role varchar not null,    -- who reviewed it [treating_physician, radiation_oncologist, medical_physicist, radiation_therapist, other]
    reviewed_on date                      -- when it was reviewed
);

-- One earlier course of the same member.
create table prior_irradiations (
    member_id varchar not null,           -- the person insured
    site varchar not null,                -- what was irradiated, in words or a name of the site list
    ended_on date,                        -- when it ended
    dose_gy double,                       -- given then [0.1 to 300]
    fractions integer,                    -- given then [1 to 200]
    ended_year integer                    -- the year it ended, where no day is known
);

-- One diagnosis that a payer's list, loaded by the user, accepts for a procedure code.
create table covered_diagnoses (
    procedure_code varchar not null,      -- CPT or HCPCS code
    icd10 varchar not null,               -- ICD-10-CM code with its dot
    valid_from date,                      -- first day; null when the list does not say
    valid_to date,                        -- last day; null while it is in force
    source varchar not null               -- which list, of when
);

-- One medically-unlikely limit, loaded by the user: how many units of a code a line or a day may carry.
create table unit_limits (
    procedure_code varchar not null,      -- CPT or HCPCS code
    setting varchar not null,             -- whose table it belongs to [professional, institutional]
    units integer not null,               -- the most that is likely
    adjudication integer not null,        -- 1 a line, 2 a day absolutely, 3 a day unless documented
    valid_from date,                      -- first day; null when the list does not say
    valid_to date,                        -- last day; null while it is in force
    source varchar not null               -- which table, of when
);

-- One procedure-to-procedure edit, loaded by the user: two codes of which the second is not paid beside the first.
create table procedure_pairs (
    column_one varchar not null,          -- the code that is paid
    column_two varchar not null,          -- the code that is not paid beside it
    setting varchar not null,             -- whose table it belongs to [professional, institutional]
    modifier_indicator integer not null,  -- 0 no modifier sets them apart, 1 one may, 9 the pair never counted
    valid_from date,                      -- first day; null when the table does not say
    valid_to date,                        -- last day; null while it is in force
    source varchar not null               -- which table, of when
);

-- One primary code that an add-on code may be billed beside, loaded by the user.
create table add_on_codes (
    add_on_code varchar not null,         -- the code that is billed in addition only
    primary_code varchar not null,        -- a code it may be billed beside, '' where the contractor decides which
    add_on_type integer not null,         -- 1 the table lists every primary code, 2 none, 3 some
    valid_from date,                      -- first day; null when the table does not say
    valid_to date,                        -- last day; null while it is in force
    source varchar not null               -- which table, of when
);

-- One passage of the chart's pages that supports one row of another table.
create table citations (
    course_id varchar not null,           -- the course whose chart it is
    table_name varchar not null,          -- the table of the row
    document_id varchar not null,         -- the document it belongs to, where it is about one
    item varchar not null,                -- the row: an element, a role, a structure, a code
    detail varchar not null,              -- the row more closely: a detail, a signer, a metric
    file varchar not null,                -- the file of the chart
    page integer not null,                -- its page, from 1
    left_pt double not null,              -- left edge of the passage in points from the left of the page
    top_pt double not null,               -- its upper edge in points from the top of the page
    right_pt double not null,             -- its right edge
    bottom_pt double not null,            -- its lower edge
    words varchar not null,               -- the words of the passage
    sureness double not null,             -- how sure the reading is, from 0 to 1
    read_by varchar not null,             -- how its letters were read [text, recognition, nothing]
    counted boolean not null              -- whether the row counts as stated: sure enough, and the case file says no other
);
