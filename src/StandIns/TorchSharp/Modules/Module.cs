using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A named tree of parameters, buffers and submodules. Fields are registered by reflection: lists and arrays are not found.</summary>
        public partial class Module : IDisposable
        {
            private readonly string name;
            private readonly OrderedDictionary<string, Parameter> ownParameters = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> ownBuffers = [];
            private readonly OrderedDictionary<string, Module> submodules = [];
            private bool registered;

            protected Module(string name) => this.name = name;

            ~Module() => Dispose(false);

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var module in submodules.Values) module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var grad = parameter.grad;
                    if (grad is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else using (no_grad()) grad.zero_();
                }
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var module in children()) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual IEnumerable<(string, Module)> named_children() => submodules.Select(pair => (pair.Key, pair.Value));

            public virtual IEnumerable<Module> children() => submodules.Values;

            public virtual IEnumerable<(string, Module)> named_modules()
            {
                foreach (var child in named_children()) yield return child;
                foreach (var (prefix, child) in named_children())
                    foreach (var (path, module) in child.named_modules()) yield return ($"{prefix}.{path}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.Item2);

            public virtual IEnumerable<(string, Parameter)> named_parameters(bool recurse = true) =>
                ownParameters.Select(pair => (pair.Key, pair.Value))
                    .Concat(!recurse ? [] : submodules.SelectMany(child => child.Value.named_parameters().Select(p => ($"{child.Key}.{p.Item1}", p.Item2))));

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(pair => pair.Item2);

            public virtual IEnumerable<(string, Tensor)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                ownBuffers.Where(pair => include_nonpersistent || pair.Value.Persistent).Select(pair => (pair.Key, pair.Value.Tensor))
                    .Concat(!recurse ? [] : submodules.SelectMany(child => child.Value.named_buffers(true, include_nonpersistent).Select(b => ($"{child.Key}.{b.Item1}", b.Item2))));

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(pair => pair.Item2);

            public virtual bool has_parameter(string target) => named_parameters().Any(pair => pair.Item1 == target);

            public virtual Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(pair => pair.Item1 == target).Item2;

            public virtual bool has_buffer(string target) => named_buffers().Any(pair => pair.Item1 == target);

            public virtual Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(pair => pair.Item1 == target).Item2;

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                CheckName(name, "buffer", ownBuffers.ContainsKey(name));
                ownBuffers.Add(name, (tensor.DetachFromDisposeScope(), persistent));
            }

            public virtual void register_parameter(string name, Parameter? param)
            {
                CheckName(name, "parameter", ownParameters.ContainsKey(name));
                if (param is null) ownParameters.Remove(name);
                else ownParameters.Add(name, (Parameter)param.DetachFromDisposeScope());
            }

            public virtual void register_module(string name, Module? submodule)
            {
                if (submodule is null)
                {
                    submodules.Remove(name);
                    return;
                }
                CheckName(name, "module", submodules.ContainsKey(name));
                submodule.RegisterComponents();
                submodules.Add(name, submodule);
            }

            public virtual void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Registers every field that holds a module, a parameter or a tensor (as a buffer); once.</summary>
            protected virtual void RegisterComponents()
            {
                if (registered) return;
                registered = true;
                foreach (var field in Fields())
                {
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(NameOf(field), module); break;
                        case Parameter parameter: register_parameter(NameOf(field), parameter); break;
                        case Tensor tensor: register_buffer(NameOf(field), tensor); break;
                    }
                }
            }

            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                ownParameters.Remove(name);
                if (value is not null) register_parameter(name, value);
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                ownBuffers.Remove(name);
                if (value is not null) register_buffer(name, value, persistent);
            }

            protected void ClearModules() => submodules.Clear();

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var parameter in ownParameters.Values) parameter.Dispose();
                foreach (var (tensor, _) in ownBuffers.Values) tensor.Dispose();
                foreach (var module in submodules.Values) module.Dispose();
            }

            private IEnumerable<FieldInfo> Fields() => GetType().GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance);

            private static string NameOf(FieldInfo field) => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;

            private static void CheckName(string name, string kind, bool exists)
            {
                if (string.IsNullOrEmpty(name)) throw new ArgumentException($"Cannot register a {kind} with a null or empty name.");
                if (name.Contains('.')) throw new ArgumentException($"{kind} names cannot contain '.': '{name}'.");
                if (exists) throw new InvalidOperationException($"Tried to register a {kind} with a name that is already used: '{name}'.");
            }
        }
    }
}
