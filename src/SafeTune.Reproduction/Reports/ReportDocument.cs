using SafeTune.Reproduction.Reports.Sections;

namespace SafeTune.Reproduction.Reports;

/// <summary>The order of a report: the answer first, then what it rests on, then what is only for the curious.</summary>
internal static class ReportDocument
{
    public static IReadOnlyList<Block> Of(ReportModel model) =>
    [
        .. FrontPage.Of(model),
        .. model.Tables.SelectMany((table, i) => TableSection.Of(table, isFirst: i == 0)),
        .. PretrainingBlocks.Of(model.Pretraining),
        .. CellCostBlocks.Of(model),
        .. AuditBlocks.Of(model),
    ];
}
