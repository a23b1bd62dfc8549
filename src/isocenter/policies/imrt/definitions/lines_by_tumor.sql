-- title: Lines of IMRT plans, IMRT delivery and weekly work in courses that name several tumors, each with the tumors that its claim names, the first by what it points to

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
        case when coded_lines.code_list = 'imrt_plan' then 'plan' else 'weekly' end as kind
    from coded_lines
    inner join lines_of_several on coded_lines.claim_line_id = lines_of_several.claim_line_id
    where coded_lines.code_list in ('imrt_plan', 'weekly_management', 'continuing_physics')

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
        'delivery' as kind
    from imrt_delivery_lines
    inner join lines_of_several on imrt_delivery_lines.claim_line_id = lines_of_several.claim_line_id

),

-- A line is for the first site that the diagnoses which it points to name, else for the first that its claim names.
ranked as (

    select
        lines.claim_line_id,
        named_tumors.icd10,
        named_tumors.site,
        named_tumors.laterality,
        named_tumors.label,
        coalesce(claim_diagnoses.position in (
            lines.diagnosis_pointer_1, lines.diagnosis_pointer_2, lines.diagnosis_pointer_3, lines.diagnosis_pointer_4
        ), false) as is_pointed_to,
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

)

select
    lines.claim_line_id,
    lines.course_id,
    lines.service_date,
    lines.kind,
    coalesce(ranked.place, 1) as place,
    coalesce(ranked.is_pointed_to, false) as is_pointed_to,
    coalesce(ranked.icd10, '') as icd10,
    coalesce(ranked.site, '') as site,
    coalesce(ranked.laterality, '') as laterality,
    coalesce(ranked.label, '') as label
from lines
left join ranked on lines.claim_line_id = ranked.claim_line_id
