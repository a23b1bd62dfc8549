-- The services of a part as they are billed: by whom, under which code of the day, on which claim, for how much.

with

billed as (

    select
        service.number,
        service.service,
        service.day,
        service.units,
        service.planted,
        procedures.code,
        billing.biller,
        billing.setting,
        case when billing.modifier = '' then service.extra_modifier else billing.modifier end as modifier_1,
        case when billing.modifier = '' then '' else service.extra_modifier end as modifier_2,
        round(
            service.units * (0.9 + 0.2 * draw(course.provider, 'price'))
            * (
                case when billing.part = 'technical' then 0 else procedures.allowed_professional end
                + case when billing.part = 'professional' then 0 else procedures.allowed_technical end
            ), 2
        ) as allowed_amount,
        procedures.is_of_course,
        course.provider,
        course.physician,
        course.member_number,
        course.line_of_business,
        course.icd10,
        course.is_later_course,
        course.place,
        course.kind,
        2.0 + draw(course.provider, 'charge') as markup,
        case
            when course.revision <> 'once' and billing.biller <> 'group'
                and datetrunc('month', service.day) = datetrunc('month', course.planned_on) then course.revision
            when service.planted = 'duplicate_claim' then 'duplicated'
            else 'once'
        end as revision,
        (12 * year(service.day) + month(service.day) - 1)::integer as month_number
    from service
    inner join course on service.number = course.number
    inner join procedures
        on
            service.service = procedures.service
            and procedures.place in ('any', course.place)
            and service.day between procedures.valid_from and procedures.valid_to
    inner join billing
        on
            course.place = billing.place
            and procedures.component = billing.component
            and (service.part = '' or billing.part in ('whole', service.part))

),

-- A claim holds what one biller did for one course in one month.
placed as (

    select
        billed.*,
        concat(
            'C', lpad(billed.number::varchar, 8, '0'),
            case when billed.is_of_course then upper(left(billed.biller, 1)) else 'V' end,
            '-', billed.month_number // 12, lpad((billed.month_number % 12 + 1)::varchar, 2, '0')
        ) as claim_id,
        row_number() over (
            partition by billed.number, billed.is_of_course, billed.biller, billed.month_number
            order by billed.day, billed.code, billed.planted, billed.units, billed.modifier_1
        )::integer as line_number
    from billed

)

select
    concat(placed.claim_id, editions.suffix, '-', placed.line_number) as claim_line_id,
    concat(placed.claim_id, editions.suffix) as claim_id,
    placed.line_number,
    '' as course_id,
    concat('M', lpad(placed.member_number::varchar, 8, '0')) as member_id,
    placed.day as service_date,
    placed.code as procedure_code,
    placed.units::integer as units,
    placed.modifier_1,
    placed.modifier_2,
    '' as modifier_3,
    '' as modifier_4,
    case
        when placed.setting = 'institutional' then ''
        when placed.place <> 'hospital' then '11'
        when placed.kind = 'inpatient' then '21'
        else '22'
    end as place_of_service,
    placed.setting,
    concat('9', lpad(placed.provider::varchar, 6, '0'), 300 + placed.physician) as rendering_npi,
    concat(
        '9', lpad(placed.provider::varchar, 6, '0'), case when placed.biller = 'facility' then 100 else 200 end
    ) as billing_npi,
    '' as supervising_npi,
    case
        when placed.setting = 'professional' then ''
        when placed.kind = 'inpatient' then '111'
        else '131'
    end as bill_type,
    case when placed.setting = 'professional' then '' else '0333' end as revenue_code,
    placed.line_of_business,
    editions.claim_frequency,
    case when editions.claim_frequency = '1' then '' else concat(placed.claim_id, editions.refers_to) end
        as original_claim_id,
    round(placed.allowed_amount * placed.markup, 2)::double as charge_amount,
    placed.allowed_amount::double as allowed_amount,
    case when placed.is_of_course then concat('course ', placed.number) else '' end as true_course,
    case when placed.revision = 'duplicated' and editions.suffix = '' then '' else placed.planted end as planted,
    placed.icd10,
    placed.is_later_course
from placed
inner join editions on placed.revision = editions.revision
