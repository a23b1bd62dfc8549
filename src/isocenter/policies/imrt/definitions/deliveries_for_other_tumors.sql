-- title: Lines of IMRT delivery that by the diagnoses of their claims are for another tumor than the IMRT plans billed for their course before them

with

-- Codes that name no site may be for any tumor.
named_tumors as (

    select distinct
        diagnosed_sites.course_id,
        diagnosed_sites.icd10,
        diagnosed_sites.site,
        diagnosed_sites.laterality,
        diagnosed_sites.label
    from diagnosed_sites
    where diagnosed_sites.site <> '' and diagnosed_sites.course_id <> ''

),

-- Most courses name one tumor: their lines need no look.
courses_of_several as (

    select named_tumors.course_id
    from named_tumors
    group by named_tumors.course_id
    having
        min(named_tumors.site) < max(named_tumors.site)
        or min(nullif(named_tumors.laterality, '')) < max(nullif(named_tumors.laterality, ''))

),

lines_of_several as (

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        claim_lines.diagnosis_pointer_1,
        claim_lines.diagnosis_pointer_2,
        claim_lines.diagnosis_pointer_3,
        claim_lines.diagnosis_pointer_4
    from claim_lines
    inner join courses_of_several on claim_lines.course_id = courses_of_several.course_id

),

lines as (

    select
        coded_lines.claim_line_id,
        lines_of_several.claim_id,
        coded_lines.course_id,
        coded_lines.service_date,
        lines_of_several.diagnosis_pointer_1,
        lines_of_several.diagnosis_pointer_2,
        lines_of_several.diagnosis_pointer_3,
        lines_of_several.diagnosis_pointer_4,
        true as plans
    from coded_lines
    inner join lines_of_several on coded_lines.claim_line_id = lines_of_several.claim_line_id
    where coded_lines.code_list = 'imrt_plan'

    union all

    select
        imrt_delivery_lines.claim_line_id,
        lines_of_several.claim_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date,
        lines_of_several.diagnosis_pointer_1,
        lines_of_several.diagnosis_pointer_2,
        lines_of_several.diagnosis_pointer_3,
        lines_of_several.diagnosis_pointer_4,
        false as plans
    from imrt_delivery_lines
    inner join lines_of_several on imrt_delivery_lines.claim_line_id = lines_of_several.claim_line_id

),

-- A line is for the first site that the diagnoses which it points to name, else for the first that its claim names.
ranked as (

    select
        lines.claim_line_id,
        lines.course_id,
        lines.service_date,
        lines.plans,
        named_tumors.icd10,
        named_tumors.site,
        named_tumors.laterality,
        named_tumors.label,
        row_number() over (
            partition by lines.claim_line_id
            order by
                case
                    when claim_diagnoses.position = lines.diagnosis_pointer_1 then 1
                    when claim_diagnoses.position = lines.diagnosis_pointer_2 then 2
                    when claim_diagnoses.position = lines.diagnosis_pointer_3 then 3
                    when claim_diagnoses.position = lines.diagnosis_pointer_4 then 4
                    else 5
                end,
                claim_diagnoses.position,
                claim_diagnoses.icd10
        ) as place
    from lines
    inner join claim_diagnoses on lines.claim_id = claim_diagnoses.claim_id
    inner join named_tumors
        on
            lines.course_id = named_tumors.course_id
            and claim_diagnoses.icd10 = named_tumors.icd10

),

firsts as (

    select
        ranked.claim_line_id,
        ranked.course_id,
        ranked.service_date,
        ranked.plans,
        ranked.icd10,
        ranked.site,
        ranked.laterality,
        ranked.label,
        ranked.icd10 between 'C77' and 'C78' as is_of_nodes
    from ranked
    where ranked.place = 1

),

-- Lymph nodes are treated with their primary: what is for nodes may be for each tumor of its claim or of their region.
may_be_for as (

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.plans,
        firsts.site,
        firsts.laterality
    from firsts

    union

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.plans,
        ranked.site,
        ranked.laterality
    from firsts
    inner join ranked on firsts.claim_line_id = ranked.claim_line_id
    where firsts.is_of_nodes

    union

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.plans,
        in_region.site,
        '' as laterality
    from firsts
    inner join site_regions on firsts.site = site_regions.site
    inner join site_regions as in_region on site_regions.region = in_region.region
    where firsts.is_of_nodes

),

planned_tumors as (

    select
        may_be_for.course_id,
        may_be_for.site,
        may_be_for.laterality,
        min(may_be_for.service_date) as planned_on
    from may_be_for
    where may_be_for.plans
    group by may_be_for.course_id, may_be_for.site, may_be_for.laterality

),

plans_of_any_tumor as (

    select
        lines.course_id,
        min(lines.service_date) as planned_on
    from lines
    left join firsts on lines.claim_line_id = firsts.claim_line_id
    where lines.plans and firsts.claim_line_id is null
    group by lines.course_id

),

first_plans as (

    select
        firsts.course_id,
        firsts.service_date as planned_on,
        firsts.icd10,
        firsts.label,
        row_number() over (
            partition by firsts.course_id order by firsts.service_date, firsts.claim_line_id
        ) as place
    from firsts
    where firsts.plans

),

planned as (

    select distinct may_be_for.claim_line_id
    from may_be_for
    inner join planned_tumors
        on
            may_be_for.course_id = planned_tumors.course_id
            and may_be_for.site = planned_tumors.site
            and may_be_for.service_date >= planned_tumors.planned_on
    where
        not may_be_for.plans
        and (
            may_be_for.laterality in ('', 'bilateral', planned_tumors.laterality)
            or planned_tumors.laterality in ('', 'bilateral')
        )

)

select
    firsts.claim_line_id,
    firsts.icd10,
    firsts.label,
    first_plans.planned_on,
    first_plans.icd10 as planned_icd10,
    first_plans.label as planned_label
from firsts
inner join first_plans
    on
        firsts.course_id = first_plans.course_id
        and first_plans.place = 1
        and firsts.service_date >= first_plans.planned_on
left join plans_of_any_tumor
    on
        firsts.course_id = plans_of_any_tumor.course_id
        and firsts.service_date >= plans_of_any_tumor.planned_on
left join planned on firsts.claim_line_id = planned.claim_line_id
where
    not firsts.plans
    and plans_of_any_tumor.course_id is null
    and planned.claim_line_id is null
