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

        // Only what a class overrides is told: a body-less target is a list of dependencies, and an error handler that does nothing would swallow errors.
        if (IsOverridden(type, root, "Run", wanted))
        {
            registered.Does(task.RunAsync);
        }

        if (IsOverridden(type, root, nameof(IFrostingTask.ShouldRun), wanted))
        {
            registered.WithCriteria(task.ShouldRun, task.SkippedMessage);
        }

        if (IsOverridden(type, root, nameof(IFrostingTask.OnError), typeof(Exception), wanted))
        {
            registered.OnError(exception => task.OnError(exception, context));
        }

        if (IsOverridden(type, root, nameof(IFrostingTask.Finally), wanted))
        {
            registered.Finally(() => task.Finally(context));
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

    private static bool IsOverridden(Type type, Type root, string method, params Type[] parameters) =>
        type.GetMethod(method, parameters) is { } found && found.DeclaringType != root;
}
