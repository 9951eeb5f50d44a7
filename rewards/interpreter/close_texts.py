"""What is said when a close is refused, in English and Chinese."""

from rewards.messages import register

register(
    {
        "cap.stopped": (
            (
                "cap {cap} stops the close: with it {wanted} of {asset} would be given, more than {most}; "
                "approve the cap for this close, or change the plan"
            ),
            "上限 {cap} 阻止了日结：{asset} 共将发放 {wanted}，超过 {most}；请在日结时批准此上限，或修改方案",
        ),
    }
)
