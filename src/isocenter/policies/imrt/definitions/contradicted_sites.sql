-- title: Courses whose record names a site or a side that none of their diagnoses names, or none of the claims of their IMRT

with

known_sites as (

    select distinct site_regions.site
    from site_regions

),

fitting_sites as (

    select distinct
        site_regions.site,
        stated_regions.site as stated_site
    from site_regions
    inner join site_regions as stated_regions on site_regions.region = stated_regions.region

),

-- A diagnosis that names no region, such as a metastasis to bone, may lie in any; a code that is not complete names
-- nothing.
compared as (

    select
        diagnosed_sites.course_id,
        diagnosed_sites.icd10,
        diagnosed_sites.label,
        diagnosed_sites.laterality,
        diagnosed_sites.place,
        courses.site as stated_site,
        courses.laterality as stated_laterality,
        stated_site.site is not null as is_stated_site_known,
        known_sites.site is not null as names_a_region,
        fitting_sites.site is not null as is_in_region
    from diagnosed_sites
    inner join courses on diagnosed_sites.course_id = courses.course_id
    left join known_sites on diagnosed_sites.site = known_sites.site
    left join known_sites as stated_site on courses.site = stated_site.site
    left join fitting_sites
        on
            diagnosed_sites.site = fitting_sites.site
            and courses.site = fitting_sites.stated_site
    where diagnosed_sites.label <> ''

),

summed as (

    select
        compared.course_id,
        max(compared.stated_site) as stated_site,
        max(compared.stated_laterality) as stated_laterality,
        count(case when compared.is_in_region or not compared.names_a_region then 1 end) as fitting_sites,
        count(case when compared.laterality <> '' then 1 end) as sided,
        max(case when compared.is_stated_site_known then 1 else 0 end) as is_stated_site_known,
        count(case when compared.laterality in (compared.stated_laterality, 'bilateral') then 1 end) as fitting_sides,
        max(case when compared.place = 1 then compared.icd10 end) as icd10,
        max(case when compared.place = 1 then compared.label end) as label,
        min(case when compared.laterality <> '' then concat(compared.icd10, ' is ', compared.laterality) end)
            as other_side
    from compared
    group by compared.course_id

),

-- Of a course that names several tumors, those that the claims of its IMRT plans and deliveries name.
billed as (

    select
        lines_by_tumor.course_id,
        count(case when fitting_sites.site is not null or known_sites.site is null then 1 end) as fitting_sites,
        count(case when lines_by_tumor.laterality <> '' then 1 end) as sided,
        count(case when lines_by_tumor.laterality in (courses.laterality, 'bilateral') then 1 end) as fitting_sides,
        min(concat(lines_by_tumor.icd10, ' (', lines_by_tumor.label, ')')) as named,
        count(case when lines_by_tumor.kind = 'plan' then 1 end) as plan_lines,
        count(case when lines_by_tumor.kind = 'delivery' then 1 end) as delivery_lines
    from lines_by_tumor
    inner join courses on lines_by_tumor.course_id = courses.course_id
    left join known_sites on lines_by_tumor.site = known_sites.site
    left join fitting_sites
        on
            lines_by_tumor.site = fitting_sites.site
            and courses.site = fitting_sites.stated_site
    where lines_by_tumor.icd10 <> '' and lines_by_tumor.kind <> 'weekly'
    group by lines_by_tumor.course_id

),

judged as (

    select
        summed.*,
        billed.named,
        case
            when billed.delivery_lines = 0 then 'the IMRT plan'
            when billed.plan_lines = 0 then 'the IMRT delivery'
            else 'the IMRT plan and its delivery'
        end as services,
        case when billed.plan_lines > 0 and billed.delivery_lines > 0 then 'were' else 'was' end as verb,
        summed.fitting_sites = 0 and summed.is_stated_site_known = 1 as is_other_site,
        summed.stated_laterality in ('left', 'right')
        and summed.sided > 0
        and summed.fitting_sides = 0 as is_other_side,
        coalesce(billed.fitting_sites = 0, false) and summed.is_stated_site_known = 1 as is_billed_for_other_site,
        summed.stated_laterality in ('left', 'right')
        and coalesce(billed.sided > 0 and billed.fitting_sides = 0, false) as is_billed_for_other_side
    from summed
    left join billed on summed.course_id = billed.course_id

)

select
    judged.course_id,
    case
        when judged.is_other_site then concat(
            'the record names the site ', replace(judged.stated_site, '_', ' '), ', the principal diagnosis ',
            judged.icd10, ' is ', judged.label
        )
        when judged.is_other_side
            then concat('the record names the ', judged.stated_laterality, ' side, diagnosis ', judged.other_side)
        else concat(
            'the record names the ',
            case
                when judged.is_billed_for_other_site then concat('site ', replace(judged.stated_site, '_', ' '))
                else concat(judged.stated_laterality, ' side')
            end,
            ', but ', judged.services, ' ', judged.verb, ' billed for another: ', judged.named
        )
    end as contradiction
from judged
where
    judged.is_other_site
    or judged.is_other_side
    or judged.is_billed_for_other_site
    or judged.is_billed_for_other_side
