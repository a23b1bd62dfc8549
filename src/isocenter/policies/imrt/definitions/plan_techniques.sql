-- title: Whether each plan is IMRT: a static or helical field by its measured spread of intensity, others as the plan states

with

spreads as (

    select
        plan_measures.plan_id,
        case
            when max(plan_measures.value) >= (
                select readings.number from readings where readings.name = 'least_intensity_spread'
            ) then 1
            else 0
        end as is_modulated
    from plan_measures
    where plan_measures.measure = 'intensity_spread' and plan_measures.part = ''
    group by plan_measures.plan_id

)

select
    plans.plan_id,
    plans.course_id,
    plans.technique,
    case
        when spreads.is_modulated is null or plans.technique in ('vmat', 'compensator') then plans.is_imrt
        when spreads.is_modulated = 1 then true
        when plans.is_imrt is null then null
        else false
    end as is_imrt
from plans
left join spreads on plans.plan_id = spreads.plan_id
