-- title: Lines of IMRT delivery, and of the weekly management and physics beside it, that by the diagnoses of their claims are for another tumor than the IMRT plans billed for their course before them

with

firsts as (

    select
        lines_by_tumor.claim_line_id,
        lines_by_tumor.course_id,
        lines_by_tumor.service_date,
        lines_by_tumor.kind,
        lines_by_tumor.icd10,
        lines_by_tumor.site,
        lines_by_tumor.laterality,
        lines_by_tumor.label,
        lines_by_tumor.icd10 between 'C77' and 'C78' as is_of_nodes
    from lines_by_tumor
    where lines_by_tumor.place = 1 and lines_by_tumor.icd10 <> ''

),

-- Lymph nodes are treated with their primary: what is for nodes may be for each tumor of its claim or of their region.
may_be_for as (

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.kind,
        firsts.site,
        firsts.laterality
    from firsts

    union

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.kind,
        lines_by_tumor.site,
        lines_by_tumor.laterality
    from firsts
    inner join lines_by_tumor on firsts.claim_line_id = lines_by_tumor.claim_line_id
    where firsts.is_of_nodes

    union

    -- One plan may serve several tumors: those that it points to.
    select
        lines_by_tumor.claim_line_id,
        lines_by_tumor.course_id,
        lines_by_tumor.service_date,
        lines_by_tumor.kind,
        lines_by_tumor.site,
        lines_by_tumor.laterality
    from lines_by_tumor
    where lines_by_tumor.kind = 'plan' and lines_by_tumor.is_pointed_to

    union

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.service_date,
        firsts.kind,
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
    where may_be_for.kind = 'plan'
    group by may_be_for.course_id, may_be_for.site, may_be_for.laterality

),

plans_of_any_tumor as (

    select
        lines_by_tumor.course_id,
        min(lines_by_tumor.service_date) as planned_on
    from lines_by_tumor
    where lines_by_tumor.kind = 'plan' and lines_by_tumor.icd10 = ''
    group by lines_by_tumor.course_id

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
    where firsts.kind = 'plan'

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
        may_be_for.kind <> 'plan'
        and (
            may_be_for.laterality in ('', 'bilateral', planned_tumors.laterality)
            or planned_tumors.laterality in ('', 'bilateral')
        )

),

for_others as (

    select
        firsts.claim_line_id,
        firsts.course_id,
        firsts.kind,
        firsts.icd10,
        firsts.site,
        firsts.laterality,
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
        firsts.kind <> 'plan'
        and plans_of_any_tumor.course_id is null
        and planned.claim_line_id is null

),

tumors_of_deliveries as (

    select distinct
        for_others.course_id,
        for_others.site,
        for_others.laterality
    from for_others
    where for_others.kind = 'delivery'

)

-- Conventional treatment of another tumor needs no IMRT plan, nor do its weeks.
select
    for_others.claim_line_id,
    for_others.icd10,
    for_others.label,
    for_others.planned_on,
    for_others.planned_icd10,
    for_others.planned_label
from for_others
left join tumors_of_deliveries
    on
        for_others.course_id = tumors_of_deliveries.course_id
        and for_others.site = tumors_of_deliveries.site
        and for_others.laterality = tumors_of_deliveries.laterality
where
    for_others.kind = 'delivery'
    or tumors_of_deliveries.course_id is not null
