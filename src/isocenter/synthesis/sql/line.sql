-- The services of a part as they are billed: by whom, under which code of the day, on which claim, for how much.
-- Names are still numbers and enumerations here, which sort five times as fast as text.

with

billed as (

    select
        service.number,
        service.day as service_date,
        service.units::integer as units,
        service.planted::planted_kind as planted,
        procedures.code,
        procedures.is_of_course,
        billing.biller,
        billing.setting,
        case when billing.modifier = '' then service.extra_modifier::modifier else billing.modifier end as modifier_1,
        case when billing.modifier = '' then billing.modifier else service.extra_modifier::modifier end as modifier_2,
        service.units * course.price
        * (
            case when billing.part = 'technical' then 0 else procedures.allowed_professional end
            + case when billing.part = 'professional' then 0 else procedures.allowed_technical end
        ) as allowed_amount,
        course.markup,
        course.provider,
        course.physician,
        course.member_number,
        course.line_of_business::coverage as line_of_business,
        course.place::place as place,
        course.is_inpatient,
        (12 * year(service.day) + month(service.day) - 1)::integer as month_number,
        case
            when service.planted = 'duplicate_claim' then 'duplicated'
            when billing.biller <> 'group' and datetrunc('month', service.day) = course.revised_month
                then course.revision
            else 'once'
        end::revision as revision
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
numbered as (

    select
        billed.*,
        row_number() over (
            partition by billed.number, billed.is_of_course, billed.biller, billed.month_number
            order by billed.service_date, billed.code, billed.planted, billed.units, billed.modifier_1
        )::integer as line_number
    from billed

)

select
    numbered.* exclude (revision),
    editions.suffix,
    editions.claim_frequency,
    editions.refers_to,
    numbered.planted <> '' and (numbered.revision <> 'duplicated' or editions.suffix <> '') as is_planted
from numbered
inner join editions on numbered.revision = editions.revision
