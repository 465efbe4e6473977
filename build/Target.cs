using System.Reflection;
using Cake.Frosting;

namespace Build;

/// <summary>A target as the user sees it.</summary>
/// <param name="Name">As after --target=.</param>
/// <param name="Description">Its sentence.</param>
public sealed record Target(string Name, string Description)
{
    /// <summary>Every target of this build, by name.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        .. typeof(Target).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFrostingTask)))
            .Select(type => new Target(
                type.GetCustomAttribute<TaskNameAttribute>()?.Name ?? type.Name,
                type.GetCustomAttribute<TaskDescriptionAttribute>()?.Description ?? string.Empty))
            .OrderBy(target => target.Name, StringComparer.Ordinal),
    ];
}
