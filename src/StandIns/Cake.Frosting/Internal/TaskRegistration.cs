using System.Reflection;
using Cake.Core;
using Cake.Core.Diagnostics;

namespace Cake.Frosting.Internal;

/// <summary>Tells Cake's engine about the classes that are targets.</summary>
internal sealed class TaskRegistration(
    ICakeEngine engine,
    IFrostingContext context,
    ICakeLog log,
    IEnumerable<IFrostingTask> tasks)
{
    public void Register()
    {
        foreach (var task in tasks)
        {
            Register(task);
        }
    }

    private static string NameOf(Type task) => task.GetCustomAttribute<TaskNameAttribute>()?.Name ?? task.Name;

    private void Register(IFrostingTask task)
    {
        var type = task.GetType();
        var root = Root(type);
        if (root.GenericTypeArguments[0] is var wanted && !wanted.IsInstanceOfType(context))
        {
            log.Warning("Task cannot be used since the context isn't convertible to {0}.", wanted.FullName!);
            return;
        }

        var registered = engine.RegisterTask(NameOf(type));
        if (type.GetCustomAttribute<TaskDescriptionAttribute>() is { Description: var description } && !string.IsNullOrWhiteSpace(description))
        {
            registered.Description(description);
        }

        // A target without a body is a list of dependencies.
        if (type.GetMethod("Run", [wanted]) is { } run && run.DeclaringType != root)
        {
            registered.Does(task.RunAsync);
        }

        foreach (var dependency in type.GetCustomAttributes<IsDependentOnAttribute>())
        {
            registered.IsDependentOn(NameOfTask(dependency.Task));
        }
    }

    private static string NameOfTask(Type type) => type.IsAssignableTo(typeof(IFrostingTask))
        ? NameOf(type)
        : throw new FrostingException($"The dependency '{NameOf(type)}' is not a valid task.");

    private static Type Root(Type type)
    {
        for (var candidate = type; candidate is not null; candidate = candidate.BaseType)
        {
            if (candidate.IsConstructedGenericType && candidate.GetGenericTypeDefinition() == typeof(FrostingTask<>))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException($"'{type.FullName}' must derive from FrostingTask.");
    }
}
